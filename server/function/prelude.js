// Evaluated before a function's file. What it needs later it takes now: the file may change the globals.
(() => {
  const { parse, stringify } = JSON;
  const text = String;
  const lines = [];
  const show = (part) => {
    if (typeof part === 'string') return part;
    try {
      return stringify(part) ?? text(part);
    } catch {
      return text(part);
    }
  };
  const say = (...parts) => {
    if (lines.length < 100) lines.push(parts.map(show).join(' ').slice(0, 500));
  };
  globalThis.console = { log: say, info: say, warn: say, error: say, debug: say };

  const noted = { state: 'pending', text: '' };
  const threw = (e) => {
    noted.state = 'threw';
    noted.text = e instanceof Error ? `${e}\n${e.stack ?? ''}` : show(e);
  };
  const answered = (value) => {
    noted.text = stringify(value) ?? 'null';
    noted.state = 'answered';
  };
  let handler;
  const keep = (name, value) => Object.defineProperty(globalThis, name, { value });
  keep('deltabaseLoad', (file) => {
    const module = { exports: {} };
    file(module.exports, module);
    const exported = module.exports;
    handler = typeof exported === 'function' ? exported : exported.handler ?? exported.default;
  });
  keep('deltabaseCall', (event) => {
    if (typeof handler !== 'function') {
      noted.state = 'missing';
    } else if (event === '') {
      answered(null); // only whether it loads was the question
    } else {
      (async () => handler(parse(event)))().then(answered).catch(threw);
    }
  });
  keep('deltabaseOutcome', () => stringify({ ...noted, console: lines }));
})();
