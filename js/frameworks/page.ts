/** Whether this is a page. A server renders what is there at once, and nothing follows it. */
export const inPage = (): boolean => typeof document !== 'undefined';
