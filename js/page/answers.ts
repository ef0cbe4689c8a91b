import { messageOf } from '../shared/errors.js';
import type { Settings } from './config.js';
import { ask } from './conflicts.js';
import type { RecordSource } from './instances.js';
import { askMigration } from './migrations.js';
import type { EnginePort } from './port.js';

// The questions of the engine that functions of the app decide. The port that brought a question takes its answer.

/** Answers by the app's conflictHandler; the engine asks another tab when this page has none. */
export function answerConflict(
  port: EnginePort | null,
  id: number,
  question: Parameters<typeof ask>[1],
  { conflictHandler }: Settings,
  records: RecordSource,
): void {
  if (!conflictHandler) return port?.undecided(id, 'This page has no conflictHandler.');
  answer(port, id, ask(conflictHandler, question, records));
}

/** Answers by the app's migrate(). */
export function answerMigration(
  port: EnginePort | null,
  id: number,
  question: Parameters<typeof askMigration>[1],
  { migrate }: Settings,
): void {
  if (!migrate) return port?.undecided(id, '');
  answer(port, id, askMigration(migrate, question));
}

function answer(port: EnginePort | null, id: number, decided: ReturnType<typeof ask | typeof askMigration>): void {
  decided.then(
    ({ decision, model }) => port?.decide(id, decision, model),
    (e) => port?.undecided(id, messageOf(e)),
  );
}
