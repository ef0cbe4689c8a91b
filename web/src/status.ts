import type { OutboxEntry } from 'deltabase';

/** Where a post stands on its way to the server. */
export type Standing = 'synced' | 'waiting' | 'sending' | 'conflicted' | 'blocked' | 'held';

export interface PostStatus {
  standing: Standing;
  /** What the chip says. */
  label: string;
  /** Why it does not move, for conflicted, blocked and held. */
  reason: string;
  /** The mutation that a decision, a retry or a discard is about. */
  entry?: OutboxEntry;
}

const rank: Readonly<Record<Standing, number>> = {
  synced: 0,
  waiting: 1,
  sending: 2,
  blocked: 3,
  conflicted: 4,
  held: 5,
};

const labels: Readonly<Record<Standing, string>> = {
  synced: 'Synced',
  waiting: 'Waiting',
  sending: 'Sending',
  blocked: 'Waiting',
  conflicted: 'Needs your decision',
  held: 'Held',
};

function standingOf(entry: OutboxEntry, connected: boolean): Standing {
  switch (entry.state) {
    // Sent and unanswered: without a connection nothing is on its way, it goes again later.
    case 'sent':
      return connected ? 'sending' : 'waiting';
    case 'conflicted':
      return 'conflicted';
    case 'held':
      return 'held';
    case 'blocked':
      return 'blocked';
    default:
      return 'waiting';
  }
}

const synced: PostStatus = { standing: 'synced', label: labels.synced, reason: '' };

/** The standing of every post that has something in the outbox, by record id. */
export function statusesOf(outbox: readonly OutboxEntry[], connected: boolean): Map<string, PostStatus> {
  const statuses = new Map<string, PostStatus>();
  for (const entry of outbox) {
    if (entry.state === 'parked') continue;
    const standing = standingOf(entry, connected);
    const known = statuses.get(entry.recordId);
    if (known && rank[known.standing] >= rank[standing]) continue;
    statuses.set(entry.recordId, {
      standing,
      label: labels[standing],
      reason: entry.cause?.message ?? '',
      entry,
    });
  }
  return statuses;
}

export function statusOf(statuses: ReadonlyMap<string, PostStatus>, id: string): PostStatus {
  return statuses.get(id) ?? synced;
}

/** “2 changes waiting”, or that there is none. */
export function waitingText(outbox: readonly OutboxEntry[]): string {
  const waiting = outbox.filter((entry) => entry.state !== 'parked').length;
  if (waiting === 0) return 'nothing waiting';
  return waiting === 1 ? '1 change waiting' : `${waiting} changes waiting`;
}
