import { render } from 'preact';
import { App } from './app.tsx';
import { follow } from './api/live.ts';
import { followAddress } from './route.ts';
import 'uplot/dist/uPlot.min.css';
import './style/tokens.css';
import './style/page.css';
import './style/parts.css';

followAddress();
follow();
const page = document.querySelector('#page');
if (page !== null) render(<App />, page);
