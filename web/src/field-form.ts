import { element } from './dom.js';
import { fieldSpecs, sameField, type FieldName, type FieldSpec } from './fields.js';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
type Row = Partial<Record<FieldName, unknown>>;

let forms = 0;

/** The controls for a post's fields; knows which of them the person touched. */
export class FieldForm {
  #controls = new Map<FieldName, Control>();
  #holders = new Map<FieldName, HTMLElement>();
  #touched = new Set<FieldName>();
  #shown: Row = {};

  constructor(container: HTMLElement, names: readonly FieldName[] = fieldSpecs.map((spec) => spec.name)) {
    const form = ++forms;
    container.replaceChildren();
    for (const spec of fieldSpecs.filter((each) => names.includes(each.name))) {
      const control = this.#control(spec);
      control.id = `field-${form}-${spec.name}`;
      control.name = spec.name;
      control.addEventListener('input', () => this.#touched.add(spec.name));
      const label = element('label', '', spec.label);
      label.htmlFor = control.id;
      const holder = element('div', `field field-${spec.name}`);
      holder.append(label, control);
      container.append(holder);
      this.#controls.set(spec.name, control);
      this.#holders.set(spec.name, holder);
    }
  }

  #control(spec: FieldSpec): Control {
    if (spec.control === 'choice') {
      const select = element('select');
      for (const [value, text] of spec.choices ?? []) select.add(new Option(text, value));
      return select;
    }
    if (spec.control === 'lines') {
      const area = element('textarea');
      area.rows = 3;
      area.maxLength = 2000;
      return area;
    }
    const line = element('input');
    line.autocomplete = 'off';
    line.maxLength = 200;
    line.required = spec.name === 'title';
    if (spec.name === 'tags') line.placeholder = 'one, two';
    return line;
  }

  /** Shows a row; fields that the person touched keep what they typed. Returns those that moved. */
  show(row: Row): FieldName[] {
    const moved: FieldName[] = [];
    for (const spec of fieldSpecs) {
      const control = this.#controls.get(spec.name);
      if (!control) continue;
      if (!sameField(spec.name, row, this.#shown)) moved.push(spec.name);
      if (this.#touched.has(spec.name)) continue;
      const text = spec.toText(row[spec.name]);
      if (control instanceof HTMLSelectElement && ![...control.options].some((each) => each.value === text)) {
        control.add(new Option(spec.show(row[spec.name]), text));
      }
      control.value = text;
    }
    this.#shown = { ...row };
    return moved;
  }

  /** Writes one field as if the person had. */
  fill(name: FieldName, value: unknown): void {
    const spec = fieldSpecs.find((each) => each.name === name);
    const control = this.#controls.get(name);
    if (!spec || !control) return;
    control.value = spec.toText(value);
    this.#touched.add(name);
    control.focus();
  }

  get touched(): readonly FieldName[] {
    return [...this.#touched];
  }

  /** All values as the record wants them. */
  values(): Row {
    const values: Row = {};
    for (const spec of fieldSpecs) {
      const control = this.#controls.get(spec.name);
      if (control) values[spec.name] = spec.fromText(control.value);
    }
    return values;
  }

  holder(name: FieldName): HTMLElement | undefined {
    return this.#holders.get(name);
  }

  /** The first reason why this cannot be saved, or ''. */
  fault(): string {
    const title = this.#controls.get('title');
    return title && title.value.trim() === '' ? 'A post needs a title.' : '';
  }

  focus(): void {
    const first = this.#controls.values().next().value;
    first?.focus();
    if (first instanceof HTMLInputElement) first.select();
  }
}
