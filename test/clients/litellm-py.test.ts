import { describeLibrary } from './matrix.ts';
import { startPythonLibrary } from './python-library.ts';

describeLibrary('litellm-py', (urls) => startPythonLibrary('with_litellm.py', urls));
