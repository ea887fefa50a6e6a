const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

const tag = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(xml)?.[1];

/**
 * The address, ending in a slash, of the mirror that Maven's settings name for the central repository; undefined if
 * they name none. Reads the few tags it needs: settings.xml is small, flat and checked by Maven itself.
 */
export function mirrorOfCentral(settingsXml: string): string | undefined {
  const xml = settingsXml.replaceAll(/<!--[\s\S]*?-->/g, '');
  for (const [, mirror = ''] of xml.matchAll(/<mirror>([\s\S]*?)<\/mirror>/g)) {
    const of = (tag(mirror, 'mirrorOf') ?? '').split(',').map((id) => id.trim());
    const url = tag(mirror, 'url');
    const isCentral =
      of.some((id) => id === '*' || id === 'central' || id === 'external:*') && !of.includes('!central');
    if (url !== undefined && url !== '' && isCentral) return withSlash(url.replaceAll('&amp;', '&'));
  }
  return undefined;
}

/** MAVEN_REPO_URL wins over the settings; undefined leaves the choice to the download library. */
export function mavenRepository(env: NodeJS.ProcessEnv, settingsXml: string): string | undefined {
  if (env['MAVEN_REPO_URL']) return withSlash(env['MAVEN_REPO_URL']);
  return mirrorOfCentral(settingsXml);
}
