import { readAddress } from './address.js';
import { ConflictDesk } from './conflict-desk.js';
import { ConflictDialog } from './conflict-dialog.js';
import { Device } from './device.js';
import { byId, setText } from './dom.js';
import { EventLog } from './event-log.js';
import { offerReset } from './reset.js';
import { Pane } from './pane.js';
import { keepShell } from './shell.js';
import { watchTour, watchWire } from './overview.js';

const address = readAddress(new URL(location.href));
const log = new EventLog();
const desk = new ConflictDesk();
const a = new Device('A', address, log);
const b = new Device('B', address, log);
const devices = [a, b];

const panes = devices.map((device) => new Pane(device, desk, () => dialog.present()));
const dialog = new ConflictDialog(desk, log, () => panes.some((pane) => pane.editing));
byId('panes').append(...panes.map((pane) => pane.node));
setText(byId('address'), `The server is ${address.endpoint}.`);
watchWire(devices);
watchTour(a, b);
offerReset(devices, log);
for (const device of devices) device.onChange(() => desk.review(device));

// What nobody caught still belongs to a person's eyes.
addEventListener('unhandledrejection', (event) => a.fail(event.reason));
addEventListener('error', (event) => a.fail(event.error ?? event.message));

if (address.fault) {
  for (const device of devices) device.refuse(address.fault);
} else if (!isSecureContext) {
  for (const device of devices) {
    device.refuse(
      'Browsers give a database engine what it needs only to pages from https or from localhost. Open this page that way.',
    );
  }
} else {
  for (const device of devices) {
    void device.start((conflict) => {
      if (!desk.find(device, conflict.mutationId)) {
        log.say(device.name, 'conflict', 'The server has a newer version; your decision is needed.');
      }
      void device.refreshOutbox();
      return desk.ask(device, conflict);
    });
  }
}
void keepShell(log);
