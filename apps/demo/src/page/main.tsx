import '@fontsource-variable/instrument-sans/wght.css';
import { render } from 'preact';
import { App } from './app.js';
import './styles/base.css';
import './styles/layout.css';
import './styles/stage.css';
import './styles/panel.css';
import './styles/offline.css';

render(<App />, document.getElementById('app')!);
