import { DataStore } from 'deltabase';
import { hydrateRoot } from 'react-dom/client';
import { App, counts, driver, narrow, others, spy } from './hooks.jsx';
import { Note } from './models/index.js';

window.hooks = {
  counts,
  driver,
  narrow,
  others,
  DataStore,
  Note,
  recovered: [],
  async begin(settings) {
    await DataStore.configure(settings);
    spy();
    hydrateRoot(document.getElementById('root'), <App />, {
      onRecoverableError: (error) => window.hooks.recovered.push(String(error)),
    });
  },
  save: (fields) => DataStore.save(new Note(fields)),
};
