import type { ConflictDesk } from './conflict-desk.js';
import type { Connection, Device, NewPost, SortBy } from './device.js';
import { arrange, copyTemplate, element, part, setText } from './dom.js';
import { PostRow } from './post-row.js';
import { statusesOf, statusOf, waitingText, type PostStatus } from './status.js';

const connectionText: Readonly<Record<Connection, string>> = {
  starting: 'starting',
  connecting: 'connecting',
  connected: 'connected',
  unreachable: 'no answer from the server',
  refused: 'refused by the server',
  cut: 'cut off',
  failed: 'not running',
};

const examples: readonly NewPost[] = [
  {
    title: 'A walk along the harbour',
    body: 'Gulls, ropes, and the first ferry.',
    status: 'PUBLISHED',
    rating: 4,
    tags: ['sea'],
  },
  {
    title: 'Bread, the slow way',
    body: 'Flour, water, salt and a night in the fridge.',
    status: 'DRAFT',
    rating: 5,
    tags: ['kitchen', 'sunday'],
  },
  { title: 'Notes from the night train', body: 'Everyone asleep but the conductor.', status: 'DRAFT', rating: 3 },
];

/** What the person sees of one device. */
export class Pane {
  readonly node = copyTemplate('pane-template');
  #rows = new Map<string, PostRow>();
  #gone = new Map<string, HTMLElement>();

  constructor(
    readonly device: Device,
    readonly desk: ConflictDesk,
    readonly editingChanged: () => void,
  ) {
    const name = `Device ${device.name}`;
    const id = device.name.toLowerCase();
    this.node.id = `device-${id}`;
    this.node.classList.add(`of-${id}`);
    this.node.tabIndex = -1;
    const heading = part(this.node, 'name');
    heading.id = `device-${id}-name`;
    setText(heading, name);
    this.node.setAttribute('aria-labelledby', heading.id);
    part(this.node, 'posts').setAttribute('aria-label', `Posts on device ${device.name}`);
    const title = part<HTMLInputElement>(this.node, 'add-title');
    title.id = `device-${id}-title`;
    const label = part<HTMLLabelElement>(this.node, 'add-label');
    label.htmlFor = title.id;
    setText(label, `Title of a new post on device ${device.name}`);
    this.#listen(title);
    device.onChange(() => this.render());
    this.render();
  }

  #listen(title: HTMLInputElement): void {
    part<HTMLFormElement>(this.node, 'add').addEventListener('submit', (event) => {
      event.preventDefault();
      const text = title.value.trim();
      if (!text) return;
      void this.device.create({ title: text }).then((created) => {
        if (created && title.value.trim() === text) title.value = '';
      });
    });
    const cutSwitch = part<HTMLInputElement>(this.node, 'switch');
    cutSwitch.setAttribute('aria-label', `Network of device ${this.device.name}`);
    cutSwitch.addEventListener('change', () => void this.device.cut(!cutSwitch.checked));
    const sort = part<HTMLSelectElement>(this.node, 'sort');
    sort.addEventListener('change', () => {
      this.device.sort = sort.value as SortBy;
    });
    const button = part<HTMLButtonElement>(this.node, 'examples');
    button.addEventListener('click', async () => {
      button.disabled = true;
      for (const example of examples) await this.device.create(example);
      button.disabled = false;
    });
  }

  /** Whether a form is open in which something could be lost. */
  get editing(): boolean {
    return [...this.#rows.values()].some((row) => row.editing);
  }

  render(): void {
    const { device } = this;
    const statuses = statusesOf(device.outbox, device.connection === 'connected');
    this.node.dataset.connection = device.connection;
    const cutSwitch = part<HTMLInputElement>(this.node, 'switch');
    cutSwitch.checked = device.connection !== 'cut';
    cutSwitch.disabled = device.connection === 'failed';
    setText(part(this.node, 'state'), `${connectionText[device.connection]}, ${waitingText(device.outbox)}`);
    this.#renderProblems();
    this.#renderPosts(statuses);
    const count = device.posts.length;
    setText(
      part(this.node, 'count'),
      device.loaded ? `${count} ${count === 1 ? 'post' : 'posts'}` : 'opening the database…',
    );
    part(this.node, 'empty').hidden = !device.loaded || count > 0;
  }

  #renderPosts(statuses: ReadonlyMap<string, PostStatus>): void {
    const wanted: HTMLElement[] = [];
    const gone = new Set(this.#rows.keys());
    for (const post of this.device.posts) {
      let row = this.#rows.get(post.id);
      if (!row) {
        row = new PostRow(this.device, post, {
          decide: (status) => this.#decide(status),
          removed: (removed) => this.#focusAfter(removed),
          editing: () => this.editingChanged(),
        });
        this.#rows.set(post.id, row);
      }
      row.update(post, statusOf(statuses, post.id));
      gone.delete(post.id);
      wanted.push(row.node);
    }
    for (const id of gone) this.#rows.delete(id);
    wanted.push(...this.#deletions(statuses));
    arrange(part(this.node, 'posts'), wanted);
    if (gone.size > 0) this.editingChanged();
  }

  /** A deleted post has no row, but its deletion can need a decision or be held. */
  #deletions(statuses: ReadonlyMap<string, PostStatus>): HTMLElement[] {
    const lines: HTMLElement[] = [];
    for (const [id, status] of statuses) {
      if (this.#rows.has(id) || (status.standing !== 'conflicted' && status.standing !== 'held')) continue;
      const key = `${id}/${status.standing}`;
      const line = this.#gone.get(key) ?? this.#deletion(status);
      setText(line.querySelector('p')!, `A deletion: ${status.label.toLowerCase()}. ${status.reason}`.trim());
      this.#gone.set(key, line);
      lines.push(line);
    }
    for (const [key, line] of this.#gone) if (!lines.includes(line)) this.#gone.delete(key);
    return lines;
  }

  #deletion(status: PostStatus): HTMLElement {
    const line = element('li', 'post post-gone');
    line.dataset.standing = status.standing;
    const acts = element('div', 'post-acts');
    const { entry } = status;
    const add = (label: string, style: string, act: () => void): void => {
      const button = element('button', `act ${style}`.trim(), label);
      button.type = 'button';
      button.addEventListener('click', act);
      acts.append(button);
    };
    if (status.standing === 'conflicted') add('Decide', 'strong', () => this.#decide(status));
    else if (entry) {
      add('Try again', '', () => void this.device.retry(entry.id, entry.recordId, 'a deletion'));
      add('Discard change', '', () => void this.device.discard(entry.id, entry.recordId, 'a deletion'));
    }
    line.append(element('p'), acts);
    return line;
  }

  #decide(status: PostStatus): void {
    const question = status.entry && this.desk.find(this.device, status.entry.id);
    if (question) this.desk.reopen(question);
  }

  #focusAfter(row: PostRow): void {
    const next = row.node.nextElementSibling ?? row.node.previousElementSibling;
    const target = next?.querySelector<HTMLElement>('[data-part="edit"]') ?? part(this.node, 'add-title');
    if (
      !document.activeElement ||
      document.activeElement === document.body ||
      row.node.contains(document.activeElement)
    ) {
      target.focus({ preventScroll: true });
    }
  }

  #renderProblems(): void {
    const holder = part(this.node, 'problems');
    const known = new Map(
      [...holder.children].map((child) => [(child as HTMLElement).dataset.code, child as HTMLElement]),
    );
    const wanted = [...this.device.problems].map(([code, sentence]) => {
      const node = known.get(code) ?? this.#problem(code);
      setText(node.querySelector('p')!, sentence);
      return node;
    });
    arrange(holder, wanted);
  }

  #problem(code: string): HTMLElement {
    const node = element('div', 'problem');
    node.dataset.code = code;
    const close = element('button', 'quiet', 'Dismiss');
    close.type = 'button';
    close.addEventListener('click', () => this.device.dismiss(code));
    node.append(element('p'), close);
    return node;
  }
}
