import { byId, element } from './dom.js';

/** What kind of thing happened; gives the line its mark. */
export type Kind = 'local' | 'sent' | 'arrived' | 'conflict' | 'decided' | 'network' | 'problem' | 'page';
export type DeviceName = 'A' | 'B';

const lines_max = 60;
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The strip “what just happened”: newest first, bounded. */
export class EventLog {
  #list = byId<HTMLOListElement>('log');

  say(device: DeviceName | null, kind: Kind, text: string): void {
    const line = element('li', `log-line log-${kind}`);
    const now = new Date();
    const time = element('time', 'log-time', clock.format(now));
    time.dateTime = now.toISOString();
    const who = element('span', `log-who${device ? ` of-${device.toLowerCase()}` : ''}`, device ?? 'Page');
    if (device) {
      who.textContent = '';
      who.append(element('span', 'unseen', 'Device '), device);
    }
    line.append(time, who, element('span', 'log-text', text));
    this.#list.prepend(line);
    while (this.#list.childElementCount > lines_max) this.#list.lastElementChild?.remove();
  }
}
