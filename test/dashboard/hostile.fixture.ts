/** What somebody might write into a prompt, a name, a reason or feedback so that a page runs it. */
export const HOSTILE = {
  script: '<script>window.hacked = 1; alert(1)</script>',
  image: '<img src=x onerror="window.hacked = 1; alert(1)">',
  tag: '"><svg/onload=alert(1)>',
  link: '[click](javascript:alert(1))',
} as const;
