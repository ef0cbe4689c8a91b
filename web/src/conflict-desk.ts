import type { Conflict, Decision } from 'deltabase';
import type { Device } from './device.js';
import { versionOf } from './fields.js';

const decided_max = 100;

/** A conflict that waits for a person. */
export interface Question {
  key: string;
  device: Device;
  conflict: Conflict;
  /** The person chose to decide later; it opens again from its post. */
  postponed: boolean;
  /** The person asked for it, so it need not wait until they have done typing. */
  urgent: boolean;
  /** The outbox showed it as conflicted, so its absence there means that it was settled. */
  seen: boolean;
  answer: Promise<Decision>;
  resolve(decision: Decision): void;
}

/**
 * Keeps the open questions of all devices. The engine may ask the same one twice (after 30 s
 * without an answer, or when the server's row moved on): both get the one answer.
 *
 *   asked -> shown -> decided
 *              |  ^
 *              v  |
 *           postponed        any of them -> withdrawn, when someone else decided
 */
export class ConflictDesk {
  #questions = new Map<string, Question>();
  /** The last decision of each conflict, for a question that crossed it on the way. */
  #decided = new Map<string, { version: number; decision: Decision }>();
  #changed: () => void = () => {};

  /** Called whenever a question came, moved or went. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  ask(device: Device, conflict: Conflict): Promise<Decision> {
    const key = `${device.name}/${conflict.mutationId}`;
    const known = this.#questions.get(key);
    if (known) {
      known.conflict = conflict;
      this.#changed();
      return known.answer;
    }
    const decided = this.#decided.get(key);
    this.#decided.delete(key);
    if (decided && decided.version === versionOf(conflict.remote ?? {})) return Promise.resolve(decided.decision);
    let resolve!: (decision: Decision) => void;
    const answer = new Promise<Decision>((settle) => {
      resolve = settle;
    });
    this.#questions.set(key, { key, device, conflict, postponed: false, urgent: false, seen: false, answer, resolve });
    this.#changed();
    return answer;
  }

  /** The question to show now, or none. */
  get next(): Question | undefined {
    return [...this.#questions.values()].find((question) => !question.postponed);
  }

  /** How many are to be shown, the next one included. */
  get open(): number {
    return [...this.#questions.values()].filter((question) => !question.postponed).length;
  }

  find(device: Device, mutationId: string): Question | undefined {
    return this.#questions.get(`${device.name}/${mutationId}`);
  }

  holds(question: Question): boolean {
    return this.#questions.get(question.key) === question;
  }

  decide(question: Question, decision: Decision): void {
    this.#questions.delete(question.key);
    this.#decided.set(question.key, { version: versionOf(question.conflict.remote ?? {}), decision });
    if (this.#decided.size > decided_max) this.#decided.delete(this.#decided.keys().next().value!);
    question.resolve(decision);
    this.#changed();
  }

  postpone(question: Question): void {
    question.postponed = true;
    question.urgent = false;
    this.#changed();
  }

  reopen(question: Question): void {
    question.postponed = false;
    question.urgent = true;
    this.#questions.delete(question.key);
    this.#questions = new Map([[question.key, question], ...this.#questions]);
    this.#changed();
  }

  /** Drops questions that were settled elsewhere, in another tab or by discarding the change. */
  review(device: Device): void {
    let withdrawn = false;
    for (const question of this.#questions.values()) {
      if (question.device !== device) continue;
      const entry = device.outbox.find((each) => each.id === question.conflict.mutationId);
      if (entry?.state === 'conflicted') question.seen = true;
      else if (question.seen) withdrawn = this.#questions.delete(question.key);
    }
    if (withdrawn) this.#changed();
  }
}
