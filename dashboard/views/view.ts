import type { ComponentType } from 'preact';

/** What a view gets of its address: what stands behind its name. */
export type ViewProps = { rest: readonly string[]; query: Readonly<Record<string, string>> };

/** One view: its name in the address, its word in the navigation, and what it shows. */
export type View = { name: string; title: string; Page: ComponentType<ViewProps> };
