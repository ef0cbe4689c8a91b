import { renderToString } from 'react-dom/server';
import { App } from './hooks.jsx';

process.stdout.write(renderToString(<App />));
