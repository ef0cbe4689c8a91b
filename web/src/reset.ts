import type { Device } from './device.js';
import { byId, setText } from './dom.js';
import type { EventLog } from './event-log.js';

/** The dialog that begins the demo again. */
export function offerReset(devices: readonly Device[], log: EventLog): void {
  const dialog = byId<HTMLDialogElement>('reset');
  const all = byId<HTMLInputElement>('reset-server');
  const go = byId<HTMLButtonElement>('reset-go');
  const note = byId('reset-note');
  byId('reset-open').addEventListener('click', () => {
    all.checked = false;
    setText(note, '');
    dialog.showModal();
  });
  byId('reset-cancel').addEventListener('click', () => dialog.close());
  go.addEventListener('click', async () => {
    go.disabled = true;
    setText(note, '');
    try {
      if (all.checked) await deleteAll(devices[0]!);
      // A device that is cut off forgets first: what it did not send must not travel now.
      for (const device of devices) {
        await device.reset();
        if (device.connection === 'cut') await device.cut(false);
      }
      log.say(null, 'page', 'Both devices began again.');
      dialog.close();
    } catch (fault) {
      setText(note, fault instanceof Error ? fault.message : String(fault));
    } finally {
      go.disabled = false;
    }
  });
}

const answer_ms_max = 10_000;

/** Deletes every post and waits until the server has heard of it. */
async function deleteAll(device: Device): Promise<void> {
  if (device.connection === 'cut') await device.cut(false);
  const removed = await Promise.all(device.posts.map((post) => device.remove(post)));
  if (removed.includes(false))
    throw new Error('Not all posts could be deleted; the reason stands at the top of device A.');
  await new Promise<void>((done, fail) => {
    const timer = setTimeout(() => {
      stop();
      fail(
        new Error(
          'The server did not take the deletions in time. Nothing was forgotten; look at device A and try again.',
        ),
      );
    }, answer_ms_max);
    const look = (): void => {
      if (device.outbox.length > 0) return;
      clearTimeout(timer);
      stop();
      done();
    };
    const stop = device.onChange(look);
    look();
  });
}
