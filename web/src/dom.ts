/** Finds the element marked data-part="name" under root; the markup lives in index.html. */
export function part<T extends HTMLElement = HTMLElement>(root: ParentNode, name: string): T {
  const found = root.querySelector<T>(`[data-part="${name}"]`);
  if (!found) throw new Error(`index.html has no part ${name}`);
  return found;
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no element ${id}`);
  return found as T;
}

/** Copies the one element inside a <template>. */
export function copyTemplate<T extends HTMLElement = HTMLElement>(id: string): T {
  const first = byId<HTMLTemplateElement>(id).content.firstElementChild;
  if (!first) throw new Error(`the template ${id} is empty`);
  return document.importNode(first, true) as T;
}

/** Makes an element with text; records reach the page only through here and setText. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Writes text only when it differs, so that live regions stay quiet. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Puts children in this order and moves only those that stand elsewhere. */
export function arrange(list: HTMLElement, wanted: readonly HTMLElement[]): void {
  const keep = new Set<Element>(wanted);
  for (const child of [...list.children]) if (!keep.has(child)) child.remove();
  const focused = document.activeElement;
  wanted.forEach((child, index) => {
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
  // A moved element loses the focus; a row that changed its place while being edited keeps it.
  if (focused instanceof HTMLElement && list.contains(focused) && document.activeElement !== focused) {
    focused.focus({ preventScroll: true });
  }
}
