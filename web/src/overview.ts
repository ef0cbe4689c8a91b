import type { Device } from './device.js';
import { part, setText } from './dom.js';
import { versionOf } from './fields.js';

/** The strip that shows both devices and their lines to the server. */
export function watchWire(devices: readonly Device[]): void {
  for (const device of devices) {
    const end = document.querySelector<HTMLElement>(`[data-wire="${device.name}"]`)!;
    const line = document.querySelector<HTMLElement>(`[data-line="${device.name}"]`)!;
    const show = (): void => {
      const waiting = device.outbox.filter((entry) => entry.state !== 'parked').length;
      const state = {
        starting: 'starting',
        connecting: 'connecting',
        connected: 'connected',
        unreachable: 'no answer',
        refused: 'refused',
        cut: 'cut off',
        failed: 'not running',
      }[device.connection];
      setText(part(end, 'wire-state'), waiting > 0 ? `${state} · ${waiting} waiting` : state);
      end.dataset.connection = device.connection;
      line.dataset.connection = device.connection;
      line.dataset.moving = String(
        device.connection === 'connected' && device.outbox.some((entry) => entry.state === 'sent'),
      );
    };
    device.onChange(show);
    show();
  }
}

/** Ticks off the three steps of the introduction as they happen. */
export function watchTour(a: Device, b: Device): void {
  const done = (step: string): void => {
    document.querySelector(`[data-step="${step}"]`)?.classList.add('is-done');
  };
  let cut = false;
  let clashing = false;
  const versionsAtCut = new Map<string, number>();
  const watch = (): void => {
    if (b.connection === 'cut' && !cut) {
      cut = true;
      versionsAtCut.clear();
      for (const post of a.posts) versionsAtCut.set(post.id, versionOf(post));
      done('cut');
    }
    if (cut && b.connection === 'cut' && !clashing) {
      clashing = b.outbox.some((entry) =>
        a.posts.some(
          (post) =>
            post.id === entry.recordId && versionsAtCut.has(post.id) && versionsAtCut.get(post.id) !== versionOf(post),
        ),
      );
      if (clashing) done('edit');
    }
    if (b.connection === 'connected' && cut) {
      cut = false;
    }
    if (clashing && b.connection === 'connected' && b.outbox.length === 0) {
      clashing = false;
      done('join');
    }
  };
  a.onChange(watch);
  b.onChange(watch);
}
