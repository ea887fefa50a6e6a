import { describe, expect, it } from 'vitest';
import { javaMajor } from './java.ts';

describe('javaMajor', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
    ['openjdk version "25" 2025-09-16', 25],
    ['openjdk version "26-ea" 2026-03-17', 26],
    ['java version "1.8.0_301"', 1],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.1"', 21],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', 0],
  ])('reads %j as %i', (printed, major) => {
    expect(javaMajor(printed)).toBe(major);
  });
});
