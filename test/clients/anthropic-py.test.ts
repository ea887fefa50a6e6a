import { describeLibrary } from './matrix.ts';
import { startPythonLibrary } from './python-library.ts';

describeLibrary('anthropic-py', (urls) => startPythonLibrary('with_anthropic.py', urls));
