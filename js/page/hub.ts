import type { Instance, RecordSource } from './instances.js';
import { constructorOf, definitionNamed, hasModel } from './registry.js';
import { reader } from './rows.js';

export interface HubCapsule {
  channel: string;
  payload: { event: string; data?: any };
  /** The database of the store that speaks. */
  source: string;
}

export type HubCallback = (capsule: HubCapsule) => void;

const listeners = new Map<string, Set<HubCallback>>();

/** Events of all stores, on channel 'datastore'. The list is in README.md. */
export const Hub = {
  /** Calls back for each event of a channel; returns the function that ends it. */
  listen(channel: 'datastore', callback: HubCallback): () => void {
    const set = listeners.get(channel) ?? new Set();
    listeners.set(channel, set.add(callback));
    return () => void set.delete(callback);
  },
};

/** Tells the listeners of an event. Rows become instances, model names classes. */
export function announce(event: string, data: Instance | undefined, source: RecordSource, database: string): void {
  const shown = data && typeof data.model === 'string' && hasModel(data.model) ? withClass(data, source) : data;
  for (const callback of [...(listeners.get('datastore') ?? [])]) {
    try {
      callback({ channel: 'datastore', payload: { event, data: shown }, source: database });
    } catch (e) {
      reportError(e); // one listener's mistake must not keep the event from the others
    }
  }
}

function withClass(data: Instance, source: RecordSource): Instance {
  const shown: Instance = { ...data, model: constructorOf(data.model) };
  if (data.element) shown.element = reader(definitionNamed(data.model), source)(data.element);
  return shown;
}
