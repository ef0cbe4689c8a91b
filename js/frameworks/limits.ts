/** Limits of what frameworks show, units in the names. */
export const limits = {
  /** How long a question that nobody shows any more is still followed: a component that comes back finds its answer. */
  idleMs: 5_000,
  /** How many questions that nobody shows are kept; with more, the oldest goes at once. */
  idleSourcesMax: 1_000,
  /** How many decisions of conflicts are remembered, for a question that crosses its answer. */
  decisionsMax: 100,
} as const;
