/** The middle of numbers; of an even count the upper one of the two. */
export const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
