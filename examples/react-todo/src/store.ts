import { DataStore } from 'deltabase';
import { ConflictDesk } from 'deltabase/react';

/** Conflicts wait here until somebody decides them. */
export const conflicts = new ConflictDesk();

export const settings = {
  endpoint: 'http://127.0.0.1:8080/graphql',
  apiKey: 'da2-first',
};

export const start = () => DataStore.configure({ ...settings, conflictHandler: conflicts.handle });
