import type { Instance, RecordSource } from './instances.js';
import { constructorOf, definitionNamed, hasModel } from './registry.js';
import { reader } from './rows.js';

/** What stores say on channel 'datastore'. README.md tells what each means, and what its data is. */
export type HubEvent =
  | 'networkStatus'
  | 'nonApplicableDataReceived'
  | 'outboxMutationEnqueued'
  | 'outboxMutationFailed'
  | 'outboxMutationProcessed'
  | 'outboxMutationSuperseded'
  | 'outboxStatus'
  | 'modelSynced'
  | 'ready'
  | 'storageStatus'
  | 'storageSubscribed'
  | 'subscriptionsEstablished'
  | 'syncPaused'
  | 'syncProgress'
  | 'syncQueriesReady'
  | 'syncQueriesStarted'
  | 'unsent_parked';

/** event is a text of the app's own on channels of its own. */
export interface HubPayload<Event extends string = string> {
  event: Event;
  data?: any;
  message?: string;
}

export interface HubCapsule<Event extends string = HubEvent> {
  channel: string;
  payload: HubPayload<Event>;
  /** On channel 'datastore' the database of the store that speaks, else what dispatch() was given. */
  source: string;
}

export type HubCallback<Event extends string = HubEvent> = (capsule: HubCapsule<Event>) => void;

const listeners = new Map<string, Set<HubCallback<any>>>();

/** Calls back for each event of a channel; returns the function that ends it. */
function listen(channel: 'datastore', callback: HubCallback, name?: string): () => void;
function listen(channel: string, callback: HubCallback<string>, name?: string): () => void;
function listen(channel: string, callback: HubCallback<any>): () => void {
  // Each call is a listener of its own, also with a function that listens already.
  const listener: HubCallback<any> = (capsule) => callback(capsule);
  const set = listeners.get(channel) ?? new Set();
  listeners.set(channel, set.add(listener));
  return () => void (set.delete(listener) && !set.size && listeners.delete(channel));
}

/** Events of all stores, on channel 'datastore' (the list is in README.md), and of the app, on channels of its own. */
export const Hub = {
  listen,

  /** Tells the listeners of a channel at once. One that throws keeps the event from nobody. */
  dispatch(channel: string, payload: HubPayload, source = ''): void {
    for (const callback of [...(listeners.get(channel) ?? [])]) {
      try {
        callback({ channel, payload: { ...payload }, source });
      } catch (e) {
        reportError(e);
      }
    }
  },
};

/** Tells the listeners of an event. Rows become instances, model names classes. */
export function announce(event: string, data: Instance | undefined, source: RecordSource, database: string): void {
  const shown = data && typeof data.model === 'string' && hasModel(data.model) ? withClass(data, source) : data;
  Hub.dispatch('datastore', { event, data: shown }, database);
}

function withClass(data: Instance, source: RecordSource): Instance {
  const shown: Instance = { ...data, model: constructorOf(data.model) };
  if (data.element) shown.element = reader(definitionNamed(data.model), source)(data.element);
  return shown;
}
