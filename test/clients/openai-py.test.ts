import { describeLibrary } from './matrix.ts';
import { startPythonLibrary } from './python-library.ts';

describeLibrary('openai-py', (urls) => startPythonLibrary('with_openai.py', urls));
