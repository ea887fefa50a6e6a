import { describeLibrary } from './matrix.ts';
import { startPythonLibrary } from './python-library.ts';

describeLibrary('langchain-py', (urls) => startPythonLibrary('with_langchain.py', urls));
