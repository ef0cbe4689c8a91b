import { messageOf } from '../shared/errors.js';

/** Fetches and compiles the module beside this file. js/node/code.ts takes the place of this one in Node. */
export async function compiledCode(): Promise<WebAssembly.Module> {
  const url = new URL('./deltabase.wasm', import.meta.url);
  const response = await fetched(url);
  // The browser keeps the compiled code beside the fetch's own response, not beside a copy of it.
  // Streaming takes this media type alone, without parameters.
  if (response.headers.get('content-type') === 'application/wasm') {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

async function fetched(url: URL): Promise<Response> {
  const response = await fetch(url).catch((e) => {
    const foreign = url.origin !== self.origin ? ' (from another origin with Access-Control-Allow-Origin)' : '';
    throw new Error(`${url.href} can't be fetched: ${messageOf(e)}. Serve it beside engine.js${foreign}.`);
  });
  const page = response.headers.get('content-type')?.startsWith('text/html');
  if (response.ok && !page) return response;
  throw new Error(
    `${url.href} answered ${response.ok ? 'with a page' : response.status}. Serve deltabase.wasm beside engine.js; ` +
      'npx deltabase assets DIR copies both.',
  );
}
