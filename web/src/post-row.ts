import type { Post } from '../models/index.js';
import type { Device } from './device.js';
import { copyTemplate, part, setText } from './dom.js';
import { FieldForm } from './field-form.js';
import { fieldSpecs, quoted, stars, versionOf, type FieldName } from './fields.js';
import type { PostStatus } from './status.js';

/** What a row asks of its pane. */
export interface RowActions {
  decide(status: PostStatus): void;
  removed(row: PostRow): void;
  editing(open: boolean): void;
}

/** One post in one pane: its view, or the form that edits it in place. */
export class PostRow {
  readonly node = copyTemplate<HTMLLIElement>('post-template');
  #view = part(this.node, 'view');
  #form: { root: HTMLFormElement; fields: FieldForm; note: HTMLElement } | null = null;
  #status!: PostStatus;

  constructor(
    readonly device: Device,
    public post: Post,
    readonly actions: RowActions,
  ) {
    const on = (name: string, act: () => void): void => part(this.node, name).addEventListener('click', act);
    on('edit', () => this.#edit());
    on('delete', () => this.#delete());
    on('decide', () => this.actions.decide(this.#status));
    on('retry', () => this.#withEntry((id) => this.device.retry(id, this.post.id, quoted(this.post.title))));
    on('discard', () => this.#withEntry((id) => this.device.discard(id, this.post.id, quoted(this.post.title))));
  }

  update(post: Post, status: PostStatus): void {
    const before = this.post;
    this.post = post;
    this.#status = status;
    this.#showPost(post);
    this.#showStatus(status);
    if (this.#form) this.#followEdit(before, post);
  }

  #showPost(post: Post): void {
    const shown = (name: FieldName): string => fieldSpecs.find((spec) => spec.name === name)!.show(post[name]);
    setText(part(this.node, 'title'), post.title);
    const body = part(this.node, 'body');
    setText(body, post.body ?? '');
    body.hidden = !post.body;
    setText(part(this.node, 'status'), shown('status'));
    const rating = part(this.node, 'rating');
    setText(rating, post.rating == null ? '' : stars(post.rating));
    if (post.rating == null) rating.removeAttribute('aria-label');
    else {
      rating.setAttribute('role', 'img');
      rating.setAttribute('aria-label', `${post.rating} of 5 stars`);
    }
    setText(
      part(this.node, 'tags'),
      (post.tags ?? [])
        .filter((tag) => tag != null)
        .map((tag) => `#${tag}`)
        .join(' '),
    );
    const version = part(this.node, 'version');
    const number = versionOf(post);
    setText(version, number ? `v${number}` : 'not on the server yet');
    version.title = number ? `Version ${number} on the server` : '';
    const label = (name: string, verb: string): void =>
      part(this.node, name).setAttribute('aria-label', `${verb} ${quoted(post.title)}`);
    label('edit', 'Edit');
    label('delete', 'Delete');
    label('decide', 'Decide about');
    label('retry', 'Try again to send');
    label('discard', 'Discard the change of');
  }

  #showStatus(status: PostStatus): void {
    const chip = part(this.node, 'chip');
    chip.className = `chip is-${status.standing}`;
    setText(chip, status.label);
    const stuck = status.standing === 'held';
    part(this.node, 'decide').hidden = status.standing !== 'conflicted';
    part(this.node, 'retry').hidden = !stuck;
    part(this.node, 'discard').hidden = !stuck;
    const reason = part(this.node, 'held');
    const shown = stuck || status.standing === 'blocked' ? status.reason : '';
    setText(reason, shown);
    reason.hidden = shown === '';
    this.node.dataset.standing = status.standing;
  }

  #withEntry(act: (mutationId: string) => Promise<void>): void {
    const entry = this.#status.entry;
    if (entry) void act(entry.id);
  }

  async #delete(): Promise<void> {
    if (await this.device.remove(this.post)) this.actions.removed(this);
  }

  #edit(): void {
    if (this.#form) return;
    const root = copyTemplate<HTMLFormElement>('editor-template');
    root.setAttribute('aria-label', `Edit ${quoted(this.post.title)} on device ${this.device.name}`);
    const fields = new FieldForm(part(root, 'fields'));
    fields.show(this.post);
    this.#form = { root, fields, note: part(root, 'note') };
    root.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#save();
    });
    part(root, 'cancel').addEventListener('click', () => this.close());
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#save();
    });
    this.#view.hidden = true;
    this.node.append(root);
    this.actions.editing(true);
    root.scrollIntoView({ block: 'nearest' });
    fields.focus();
  }

  /** The post changed under the open form: untouched fields follow, touched ones stay. */
  #followEdit(before: Post, now: Post): void {
    const form = this.#form!;
    const moved = form.fields.show(now);
    if (moved.length === 0 || versionOf(before) === versionOf(now)) return;
    const kept = moved.filter((name) => form.fields.touched.includes(name));
    setText(
      form.note,
      kept.length > 0
        ? `Meanwhile this post changed. What you typed stays; saving puts it over the new ${kept.join(' and ')}.`
        : 'Meanwhile this post changed. The fields that you have not touched show the new values.',
    );
  }

  async #save(): Promise<void> {
    const form = this.#form;
    if (!form) return;
    const fault = form.fields.fault();
    if (fault) {
      setText(form.note, fault);
      return;
    }
    const values = form.fields.values();
    const touched = form.fields.touched;
    const saved = await this.device.change(this.post, (draft) => {
      for (const name of touched) Object.assign(draft, { [name]: values[name] });
    });
    if (saved) this.close();
    else setText(form.note, 'This could not be saved; the reason stands at the top of this device.');
  }

  get editing(): boolean {
    return this.#form !== null;
  }

  close(): void {
    if (!this.#form) return;
    this.#form.root.remove();
    this.#form = null;
    this.#view.hidden = false;
    part(this.node, 'edit').focus();
    this.actions.editing(false);
  }
}
