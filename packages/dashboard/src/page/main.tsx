import { render } from 'preact';
import './look/tokens.css';
import './look/base.css';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './look/theme.ts';
import { takeTokenFromAddress } from './server/token.ts';

takeTokenFromAddress(location, history, sessionStorage);
applyTheme(storedTheme());
render(<App />, document.querySelector('#page')!);
