/** What the codemod reads. */
export const limits = {
  /** A larger file is a bundle or data; it is named and left. */
  fileBytesMax: 2_000_000,
  /** More files than any app has: what was named is no folder of an app's own code. */
  filesMax: 50_000,
  /** Folders in folders. */
  depthMax: 100,
};
