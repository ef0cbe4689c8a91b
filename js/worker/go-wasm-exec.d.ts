/** Go's loader, which defines the global Go; js/build.mjs says where it is. */
declare module 'go-wasm-exec';
