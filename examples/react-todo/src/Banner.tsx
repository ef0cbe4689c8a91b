import { useNetwork, useOutbox, useStore, useSyncProgress } from 'deltabase/react';
import { useState } from 'react';

/** The head of the page: the network, how far the sync has come, and what is kept while offline. */
export function Banner() {
  const store = useStore();
  const { active } = useNetwork();
  const { isSyncing, isReady } = useSyncProgress();
  const { counts } = useOutbox();
  const [closed, setClosed] = useState(store.offline);
  const state = active === false ? 'Offline' : !isReady || isSyncing ? 'Syncing…' : 'Up to date';

  const toggle = async () => {
    setClosed(!closed);
    await (closed ? store.goOnline() : store.goOffline());
  };

  return (
    <div>
      <header>
        <h1>To-do</h1>
        <span className={`pill ${active === false ? 'off' : 'on'}`}>{state}</span>
        <button type="button" className="quiet" onClick={toggle}>
          {closed ? 'Go online' : 'Work offline'}
        </button>
      </header>
      <div role="status">
        {active === false && (
          <p className="banner">
            <strong>You are offline.</strong>{' '}
            {counts.total === 0
              ? 'Everything that you change is kept on this device.'
              : `${counts.total === 1 ? 'One change is' : `${counts.total} changes are`} kept on this device and will be sent once the server can be reached.`}
          </p>
        )}
      </div>
    </div>
  );
}
