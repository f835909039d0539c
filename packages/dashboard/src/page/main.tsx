import { render } from 'preact';
import { App } from './app.tsx';
import { takeTokenFromAddress } from './server/token.ts';

takeTokenFromAddress(location, history, sessionStorage);
render(<App />, document.querySelector('#page')!);
