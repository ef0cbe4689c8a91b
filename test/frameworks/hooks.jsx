// A page of hooks, driven by test/react.test.mjs: it counts what they ask of the store, and what they give.
import { createDataStore, DataStore, SortDirection, syncExpression } from 'deltabase';
import { ConflictDesk, Provider, useNetwork, useQuery, useRecord, useSyncProgress } from 'deltabase/react';
import { liveQuery } from 'deltabase/live';
import { useLive as useSolid } from 'deltabase/solid';
import { useLive as useVue } from 'deltabase/vue';
import { Component, StrictMode, Suspense, startTransition, useEffect, useState } from 'react';
import { createRoot as createSolidRoot, createEffect, createSignal } from 'solid-js';
import { createApp, h, ref } from 'vue';
import { Note } from './models/index.js';

export const counts = { subscriptions: 0, fallbacks: 0, lists: new Set() };

/** Counts the subscriptions to live queries. */
export function spy() {
  const observeQuery = DataStore.observeQuery;
  DataStore.observeQuery = (...parameters) => {
    const stream = observeQuery(...parameters);
    const subscribe = stream.subscribe.bind(stream);
    stream.subscribe = (...observer) => {
      counts.subscriptions++;
      return subscribe(...observer);
    };
    return stream;
  };
}

function Notes({ least, suspense = false, name }) {
  // Functions written in place: each render makes new ones.
  const { items, isLoading } = useQuery(Note, (n) => n.rating.ge(least), {
    sort: (n) => n.rating(SortDirection.ASCENDING),
    suspense,
  });
  if (typeof document !== 'undefined') counts.lists.add(items);
  return <p id={name}>{isLoading ? 'loading' : items.map((note) => note.title).join(' ')}</p>;
}

function One({ id }) {
  const { record, isLoading } = useRecord(Note, id);
  return <p id="one">{isLoading ? 'loading' : (record?.title ?? 'none')}</p>;
}

function State() {
  const { active } = useNetwork();
  const { isReady, isSyncing, models } = useSyncProgress();
  const synced = models.filter((each) => each.isSynced).map((each) => each.model);
  return <p id="state">{[String(active), isReady, isSyncing, ...synced].join(' ')}</p>;
}

function Fallback() {
  // React renders it in a transition as well; what counts is what a person sees.
  useEffect(() => void counts.fallbacks++);
  return <p id="fallback">waiting</p>;
}

/** A store that can't start as long as its settings are wrong. */
export const failing = createDataStore({ database: 'failing' });
const broken = () => {
  throw new Error('broken');
};
export const breakIt = () => failing.configure({ syncExpressions: [syncExpression(Note, broken)] });

class Boundary extends Component {
  state = { error: null };
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <button type="button" id="reset" onClick={() => this.setState({ error: null })}>
        {error.code}
      </button>
    );
  }
}

export const driver = {};

export function App() {
  const [renders, setRenders] = useState(0);
  const [least, setLeast] = useState(2);
  const [id, setId] = useState(null);
  const [fails, setFails] = useState(false);
  Object.assign(driver, {
    again: () => setRenders((n) => n + 1),
    least: (n) => startTransition(() => setLeast(n)),
    show: setId,
    fail: () => setFails(true),
  });
  return (
    <StrictMode>
      <Provider conflicts={new ConflictDesk()}>
        <p id="renders">{renders}</p>
        <Notes least={least} name="first" />
        <Notes least={least} name="second" />
        <Suspense fallback={<Fallback />}>
          <Notes least={least} name="suspended" suspense />
        </Suspense>
        <One id={id} />
        <State />
        {fails && (
          <Provider store={failing}>
            <Boundary>
              <Suspense fallback="waiting">
                <Notes least={0} name="failing" suspense />
              </Suspense>
            </Boundary>
          </Provider>
        )}
      </Provider>
    </StrictMode>
  );
}

const least = ref(2);
const [solidLeast, setSolidLeast] = createSignal(2);
const titles = ({ items }) => items.map((note) => note.title).join(' ');

/** The same query by Vue, by Solid and by hand, as Svelte does it. */
export function others() {
  createApp({
    setup() {
      const notes = useVue(() => liveQuery(Note, (n) => n.rating.ge(least.value)));
      return () => h('p', { id: 'vue' }, titles(notes.value));
    },
  }).mount('#vue-root');
  createSolidRoot(() => {
    const notes = useSolid(() => liveQuery(Note, (n) => n.rating.ge(solidLeast())));
    createEffect(() => {
      document.getElementById('solid').textContent = titles(notes());
    });
  });
  liveQuery(Note, (n) => n.rating.ge(2)).subscribe((result) => {
    document.getElementById('svelte').textContent = titles(result);
  });
}

export function narrow(to) {
  least.value = to;
  setSolidLeast(to);
}
