/** Walks through a text that is JSON, value by value, in one pass. Of any other text it makes nonsense, but ends. */
export class TextReader {
  #at = 0;

  constructor(readonly text: string) {}

  /** The first character of what comes next. */
  peek(): string {
    while (this.#at < this.text.length && ' \t\n\r'.includes(this.text[this.#at])) this.#at++;
    return this.text[this.#at] ?? '';
  }

  /** Takes the text of the next value. */
  value(): string {
    this.peek();
    const from = this.#at;
    let depth = 0;
    do {
      const next = this.peek();
      if (next === '') break;
      if (next === '"') this.#pass(this.#string());
      else if (',:[{]}'.includes(next)) {
        if ('[{'.includes(next)) depth++;
        if (']}'.includes(next)) depth--;
        this.#at++;
      } else while (this.#at < this.text.length && !' \t\n\r,:]}"'.includes(this.text[this.#at])) this.#at++;
    } while (depth > 0);
    return this.text.slice(from, this.#at);
  }

  /** Takes a list: each is called before every element, and takes it. */
  list(each: () => void): void {
    this.#members(']', each);
  }

  /** Takes an object: each is called with every name, and takes the value. */
  object(each: (name: string) => void): void {
    this.#members('}', () => {
      const name = JSON.parse(this.value()) as string;
      this.#pass(this.peek()); // :
      each(name);
    });
  }

  #members(end: string, each: () => void): void {
    this.#pass(this.peek()); // [ or {
    while (this.peek() !== end && this.#at < this.text.length) {
      each();
      if (this.peek() === ',') this.#at++;
    }
    this.#at++;
  }

  /** A string at the current place, with its quotes. */
  #string(): string {
    let to = this.#at + 1;
    while (to < this.text.length && this.text[to] !== '"') to += this.text[to] === '\\' ? 2 : 1;
    return this.text.slice(this.#at, to + 1);
  }

  #pass(text: string): void {
    this.#at += text.length;
  }
}
