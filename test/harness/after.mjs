// Cleaning up in the reverse order of making; node:test itself runs its after hooks first to last.
const stacks = new WeakMap();

/** Registers clean() to run after t, before everything that was registered earlier. */
export function afterwards(t, clean) {
  if (!t) return;
  let stack = stacks.get(t);
  if (!stack) {
    stack = [];
    stacks.set(t, stack);
    const run = async () => {
      while (stack.length > 0) await stack.pop()();
    };
    t.after(run);
  }
  stack.push(clean);
}
