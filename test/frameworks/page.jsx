import { DataStore } from 'deltabase';
import { hydrateRoot } from 'react-dom/client';
import { App, breakIt, counts, driver, failing, narrow, others, spy } from './hooks.jsx';
import { Note } from './models/index.js';

window.hooks = {
  counts,
  driver,
  narrow,
  breakIt,
  failing,
  others,
  DataStore,
  Note,
  recovered: [],
  async begin(settings) {
    await DataStore.configure(settings);
    spy();
    hydrateRoot(document.getElementById('root'), <App />, {
      onCaughtError: () => {}, // the boundary shows it
      onRecoverableError: (error) => window.hooks.recovered.push(String(error)),
    });
  },
  save: (fields) => DataStore.save(new Note(fields)),
};
