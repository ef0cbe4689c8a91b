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
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  return response;
}
