import { applyRemote, retry, retryLocal, type Decision, type MutableModel } from 'deltabase';
import { Post } from '../models/index.js';
import type { ConflictDesk, Question } from './conflict-desk.js';
import { changesOf, explain, mergeStart, versionRows, versionsOf, type Versions } from './conflict-view.js';
import { byId, element, part, setText } from './dom.js';
import type { EventLog } from './event-log.js';
import { FieldForm } from './field-form.js';
import { differing, fieldSpecs, quoted, sameField } from './fields.js';

interface Choice {
  id: string;
  label: string;
  what: string;
  act(): void | Promise<void>;
}

/** The page's own conflict dialog: shows one question of the desk at a time. */
export class ConflictDialog {
  #dialog = byId<HTMLDialogElement>('conflict');
  #shown: Question | null = null;
  #conflict: Question['conflict'] | null = null;
  #form: FieldForm | null = null;

  /** busy tells that a person is typing elsewhere: a new question then waits until that ends. */
  constructor(
    readonly desk: ConflictDesk,
    readonly log: EventLog,
    readonly busy: () => boolean,
  ) {
    // Esc, or the browser's own way to close a dialog.
    this.#dialog.addEventListener('close', () => {
      if (this.#shown) this.#later();
    });
    part(this.#dialog, 'later').addEventListener('click', () => this.#later());
    part(this.#dialog, 'merge-back').addEventListener('click', () => this.#chooseMode(false));
    part<HTMLFormElement>(this.#dialog, 'merge').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#merged();
    });
    desk.onChange(() => this.present());
  }

  /** Brings the dialog in line with the desk. */
  present(): void {
    const shown = this.#shown;
    if (shown && this.desk.holds(shown) && !shown.postponed) {
      if (shown.conflict !== this.#conflict) this.#refresh(shown);
      this.#where(shown);
      return;
    }
    this.#shown = null;
    const next = this.desk.next;
    if (!next || (this.busy() && !next.urgent && !this.#dialog.open)) {
      if (!next && this.#dialog.open) this.#dialog.close();
      return;
    }
    this.#shown = next;
    this.#fill(next);
    if (!this.#dialog.open) this.#dialog.showModal();
    // Not on a choice: who types while the dialog opens must not decide by accident.
    part(this.#dialog, 'title').focus();
  }

  #where(question: Question): void {
    const more = this.desk.open - 1;
    setText(
      part(this.#dialog, 'where'),
      `Device ${question.device.name}${more > 0 ? ` · ${more} more ${more === 1 ? 'waits' : 'wait'}` : ''}`,
    );
    this.#dialog.dataset.device = question.device.name;
  }

  /** The same conflict came again, perhaps against a newer row of the server. */
  #refresh(question: Question): void {
    const before = this.#conflict;
    const moved = before?.remote?._version !== question.conflict.remote?._version;
    this.#conflict = question.conflict;
    if (!moved) return;
    const merging = this.#form;
    const typed = merging?.values();
    this.#fill(question);
    if (!merging || !typed) return;
    this.#chooseMode(true);
    for (const name of merging.touched) this.#form?.fill(name, typed[name]);
    setText(
      part(this.#dialog, 'merge-note'),
      'The server’s post changed once more; the table shows its newest version.',
    );
  }

  #fill(question: Question): void {
    this.#conflict = question.conflict;
    const device = question.device.name;
    const versions = versionsOf(question.conflict);
    const { title, what } = explain(device, versions);
    const version = (row: Versions['base']): string => (row?._version ? ` (v${row._version})` : '');
    this.#where(question);
    setText(part(this.#dialog, 'title'), title);
    setText(part(this.#dialog, 'what'), what);
    setText(part(this.#dialog, 'head-base'), `Before${version(versions.base)}`);
    setText(part(this.#dialog, 'head-local'), `Mine, device ${device}`);
    setText(part(this.#dialog, 'head-remote'), `Theirs, the server${version(versions.remote)}`);
    part(this.#dialog, 'rows').replaceChildren(...versionRows(device, versions));
    part(this.#dialog, 'choices').replaceChildren(
      ...this.#choices(question, versions).map((choice) => this.#button(choice)),
    );
    this.#chooseMode(false);
  }

  #button(choice: Choice): HTMLElement {
    const button = element('button', 'choice');
    button.type = 'button';
    button.dataset.choice = choice.id;
    button.append(element('span', 'choice-label', choice.label), ' ', element('span', 'choice-what', choice.what));
    button.addEventListener('click', () => void choice.act());
    return button;
  }

  #choices(question: Question, versions: Versions): Choice[] {
    const decide = (decision: Decision, said: string) => (): void => this.#decide(question, decision, said);
    const name = quoted((versions.local ?? versions.base)?.title);
    const theirs = (what: string): Choice => ({
      id: 'theirs',
      label: 'Take theirs',
      what,
      act: decide(applyRemote(), `Took the server’s version of ${name}.`),
    });
    if (versions.clash === 'deleted there') {
      return [
        {
          id: 'again',
          label: 'Keep mine as a new post',
          act: () => this.#again(question, versions),
          what: 'Writes a new post with what you have here.',
        },
        theirs('Drops your change. The post is gone from this device, too.'),
      ];
    }
    if (versions.clash === 'deleted here') {
      return [
        {
          id: 'mine',
          label: 'Delete it anyway',
          what: 'Deletes the post with the change that you had not seen.',
          act: decide(retryLocal(), `Deleted ${name} anyway.`),
        },
        theirs('Drops your deletion. The post comes back as the server has it.'),
      ];
    }
    const mine = [...changesOf(versions).mine].map((field) =>
      fieldSpecs.find((spec) => spec.name === field)!.label.toLowerCase(),
    );
    return [
      {
        id: 'mine',
        label: 'Keep mine',
        act: decide(retryLocal(), `Kept this device’s version of ${name}.`),
        what:
          mine.length > 0
            ? `Puts your ${mine.join(', ')} over theirs. The other fields stay as the server has them.`
            : 'Sends your change again, on top of theirs.',
      },
      theirs('Drops your change. This device shows what the server has.'),
      {
        id: 'merge',
        label: 'Merge by hand',
        what: 'Write the post yourself, field by field.',
        act: () => this.#chooseMode(true),
      },
    ];
  }

  #chooseMode(merging: boolean): void {
    this.#dialog.dataset.merging = String(merging);
    part(this.#dialog, 'merge').hidden = !merging;
    part(this.#dialog, 'choices').hidden = merging;
    setText(part(this.#dialog, 'merge-note'), '');
    if (!merging || !this.#conflict) {
      const had = this.#form !== null;
      this.#form = null;
      if (had) part(this.#dialog, 'choices').querySelector<HTMLElement>('[data-choice="merge"]')?.focus();
      return;
    }
    const versions = versionsOf(this.#conflict);
    const form = new FieldForm(part(this.#dialog, 'merge-fields'));
    form.show(mergeStart(versions));
    for (const { name, label } of fieldSpecs) {
      if (sameField(name, versions.local, versions.remote)) continue;
      const pick = element('span', 'picks');
      for (const [text, row] of [
        ['mine', versions.local],
        ['theirs', versions.remote],
      ] as const) {
        const button = element('button', 'pick', text);
        button.type = 'button';
        button.setAttribute('aria-label', `${label}: use ${text}`);
        button.addEventListener('click', () => form.fill(name, row?.[name]));
        pick.append(button);
      }
      form.holder(name)?.querySelector('label')?.after(pick);
    }
    this.#form = form;
    form.focus();
  }

  #merged(): void {
    const question = this.#shown;
    const form = this.#form;
    if (!question || !form) return;
    const fault = form.fault();
    if (fault) {
      setText(part(this.#dialog, 'merge-note'), fault);
      return;
    }
    const values = form.values();
    const remote = question.conflict.remoteModel as Post;
    try {
      const names = differing(values, remote as never);
      const merged = Post.copyOf(remote, (draft: MutableModel<Post>) => {
        for (const name of names) Object.assign(draft, { [name]: values[name] });
      });
      this.#decide(question, retry(merged), `Merged ${quoted(values.title)} by hand.`);
    } catch (wrong) {
      setText(part(this.#dialog, 'merge-note'), wrong instanceof Error ? wrong.message : String(wrong));
    }
  }

  /** The server deleted it: what is here becomes a new post, then the deletion is taken over. */
  async #again(question: Question, versions: Versions): Promise<void> {
    const fields: Record<string, unknown> = {};
    for (const { name } of fieldSpecs) fields[name] = versions.local?.[name] ?? null;
    const kept = await question.device.create(fields as never);
    if (kept && this.desk.holds(question))
      this.#decide(question, applyRemote(), `Kept ${quoted(fields.title)} as a new post.`);
  }

  #decide(question: Question, decision: Decision, said: string): void {
    this.log.say(question.device.name, 'decided', said);
    this.desk.decide(question, decision);
    void question.device.refreshOutbox();
  }

  #later(): void {
    const question = this.#shown;
    if (!question) return;
    this.log.say(question.device.name, 'conflict', 'Put off a decision; the change waits on this device.');
    this.desk.postpone(question);
  }
}
