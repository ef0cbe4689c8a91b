import { Provider } from 'deltabase/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { conflicts, start } from './store';

await start();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Provider conflicts={conflicts}>
      <App />
    </Provider>
  </StrictMode>,
);
