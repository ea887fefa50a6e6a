import type { PiiHit, PiiKind } from './pii-hit.ts';

/**
 * Lines as clients and models write them, labelled by hand: `«kind:…»` stands around what is personal, the rest is not.
 * Card numbers, IBANs and keys are the networks' and makers' published examples or made up; telephone numbers are from
 * ranges set aside for fiction where a country has them.
 */
const PERSONAL: readonly string[] = [
  'Please write to «email:john.doe@example.com» about it.',
  '"from":"«email:Anna+orders@mail.example.co.uk»","subject":"hi"',
  'Schreib an «email:jürgen.müller@beispiel.de», danke!',
  'Пишите на «email:иван@почта.рф» или звоните',
  "Contact: <«email:o'neil@example.ie»>; cc «email:x@y.museum».",
  'reach me at «email:john (at) example (dot) com»',
  'mail «email:jane [at] example.org» please',
  'user «email:jo@sub.mail.example.com»: hello',
  '请联系«email:li.wei@example.cn»谢谢',
  'write «email:j\u200bane@exam\u200bple.com» (zero width)',
  'full-width «email:jane＠example.com» at sign',
  'in JSON «email:jane\\u0040example.com» escaped',
  'twice escaped {\\"to\\":\\"«email:jane\\\\u0040example.com»\\"}',
  '/search?q=a&email=«email:jane%40example.com»&n=1',
  'html «email:jane&#64;example.com» entity',
  'spaces «email:jane @ example.com» around it',
  'Call me at «phone:+1 415 555 2671» tomorrow',
  'US: «phone:(415) 555-2671» or «phone:415-555-2672»',
  'two in a row «phone:030 901820» «phone:030 901821»',
  'no such area «phone:(977) 625-2661»',
  'dotted «phone:415.555.2671»',
  'Ruf mich an: «phone:+49 (0)30 901820»',
  'Telefon «phone:030 901820»',
  'meine Nummer «phone:0171 1234567», abends',
  'Handy: «phone:01711234567»',
  'mon numéro «phone:06 12 34 56 78»',
  'appelez-moi au «phone:06.12.34.56.78» svp',
  'London «phone:020 7946 0958»',
  'mobile «phone:07700 900123» (UK)',
  'international «phone:0044 20 7946 0958»',
  'mi teléfono es «phone:612 34 56 78»',
  'chiamami al cellulare «phone:347 123 4567»',
  'мой телефон «phone:+7 912 345-67-89»',
  '電話: «phone:+81 3-1234-5678»',
  '{"phone":«phone:4155552671»,"ok":true}',
  '"phone_number": "«phone:4155552671»"',
  'phone number is «phone:415 555 2671» thanks',
  'WhatsApp «phone:+91 98765 43210»',
  'tel:«phone:+442079460958»',
  'Arabic digits «phone:+٤٩ ٣٠ ٩٠١٨٢٠»',
  'no-break spaces «phone:+49\u00a030\u00a0901820»',
  'unicode dashes «phone:415‑555‑2671»',
  'Visa «card:4111 1111 1111 1111» exp 12/28',
  'card «card:4111-1111-1111-1111», cvc 123',
  'amex «card:3782 822463 10005»',
  'mc «card:5555555555554444».',
  '{"card":«card:4012888888881881»}',
  'dotted «card:4111.1111.1111.1111» card',
  'each apart «card:4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1»',
  'full-width «card:４１１１１１１１１１１１１１１１»',
  'Discover «card:6011111111111117» JCB «card:3530111333300000»',
  'Diners «card:30569309025904»',
  'hidden «card:4111\u200b1111\u200b1111\u200b1111»',
  'Meine IBAN: «iban:DE89 3704 0044 0532 0130 00» bei der Bank',
  'IBAN «iban:GB29NWBK60161331926819»',
  'compte «iban:FR14 2004 1010 0505 0001 3M02 606»',
  'lower «iban:nl91 abna 0417 1643 00»',
  'dashes «iban:CH93-0076-2011-6238-5295-7»',
  'my SSN is «ssn:123-45-6789»',
  'social security number: «ssn:123 45 6789»',
  '"ssn":"«ssn:123456789»"',
  '{"ssn":«ssn:123456789»}',
  'login from «ip:203.0.113.42» failed',
  '"client_ip":"«ip:198.51.100.7»"',
  'peer «ip:2001:db8::ff00:42:8329» closed',
  'addr [«ip:2001:db8:85a3:0:0:8a2e:370:7334»]:443',
  'http://«ip:192.0.2.10»:8080/path',
  'use «secret:sk-proj-Ab12Cd34Ef56Gh78Ij90» as the key',
  'aws «secret:AKIAIOSFODNN7EXAMPLE» key id',
  'token «secret:ghp_16C7e42F292c6912E7710c838347Ae178B4a»',
  'Authorization: «secret:Bearer 4f1d8c2b7a9e4c3d8f6a5b4c»',
  'jwt «secret:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dozjgNryP4J3jVmNHl0w5N»',
  '"key":"«secret:-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0\\n-----END PRIVATE KEY-----»\\n"',
  'stripe «secret:sk_live_4eC39HqLyjWDarjtT1zdp7dc»',
  'slack «secret:xoxb-123456789012-abcdefABCDEF»',
  'google «secret:AIzaSyA1234567890abcdefghijklmnopqrstuv»',
  'born on «birthdate:3 May 1990» in Leeds',
  '"date_of_birth": "«birthdate:1990-05-03»"',
  'Geburtsdatum: «birthdate:03.05.1990»',
  'DOB «birthdate:05/03/1990»',
  'née le «birthdate:3 mai 1990» à Lyon',
  'Fecha de nacimiento: «birthdate:3 de mayo de 1990»',
  'дата рождения: «birthdate:03.05.1990»',
  '{\\"dob\\":\\"«birthdate:1990\\/05\\/03»\\"}',
];

/** What looks like something and is nothing. */
const HARMLESS: readonly string[] = [
  'Where is my order 10024578? Ordered on 2024-05-06.',
  'order number 4539578763621487 was shipped',
  'Bestellnummer 0301234567 vom 05.06.2024',
  '"created":1714992000,"id":"chatcmpl-9Zk3abCdEf12345678901234"',
  '"tool_call_id":"call_4111111111111111"',
  '"id":"call_8f3b2c1d9e7a4b6c"',
  'request req_0301234567890 took 1250 ms',
  'id 550e8400-e29b-41d4-a716-446655440000',
  'id 12345678-1234-1234-1234-123456789012',
  'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'commit 4155552671aa99f00112233445566778899aabbc',
  'meeting at 10:30:15 on 05/06/2024',
  '2024-05-06 10:11:12.345 INFO started',
  '2024-05-06T10:11:12.345678Z',
  'from 2024-05-06 to 2024-06-07',
  'Lieferung am 05.06.2024 08:00',
  'total $1,234,567.89 of 2,000,000.00',
  'prix 1 234 567 € ou 612 345 678 F',
  'version 1.2.3.4 of the firmware',
  'upgrade to v10.20.30.40 now',
  'npm i react@18.2.0 lodash@4.17.21',
  'react@18.0.0-beta.rc is out',
  'see logo@2x.png in the folder',
  'git clone git@github.com:example/repo.git',
  '@app.route("/x") and @types/node',
  'model gpt-4o-2024-08-06 and claude-3-5-sonnet-20241022',
  'embedding [0.0123456789,-0.9876543210123456,0.4111111111111111]',
  'localhost is 127.0.0.1 and 0.0.0.0',
  'std::vector<Face::add> a::b',
  'MAC 00:1a:2b:3c:4d:5e and time 10:11:12:13',
  'ISBN 978-3-16-148410-0 and 0-306-40615-2',
  'tracking number 00340434292135100186',
  'sk-learn is scikit-learn; task-management-system-for-everyone',
  'Bearer authentication is described in the docs',
  'The company was founded on 3 May 1990.',
  'released 03.05.1990, born ready',
  'DE89 3704 0044 0532 0130 01 has a wrong check',
  'card 4111 1111 1111 1112 has a wrong check',
  '000-12-3456 and 987-65-4321 were never given out',
  'part no. 123-456-7890-12 rev 3',
  'lat 52.520008, lon 13.404954',
  'score 1234567 of 9999999, ratio 3.14159265358979',
  'pages 100-200, 300-400, 500-6000',
  'eyJ is how base64 of {" begins',
  'unix 1714992000123 ms',
  'customer number 0612345678',
  'dial 112 or 911',
  '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18',
  'operations carried out during 01/2000 - 12/2006',
  'pectin methylesterase (EC 3.1.1.11)',
  'x = (12 + 34) * 56 - 78 / 90',
];

/** Personal all the same, and known not to be found: each says why. */
const OUT_OF_REACH: readonly { line: string; why: string }[] = [
  { line: '«email:john at example dot com» is mine', why: 'plain words are prose' },
  { line: 'mail «email:jane@example。com»', why: 'an ideographic full stop ends sentences' },
  { line: 'my number is «phone:four one five 555 2671»', why: 'digits in words' },
  { line: 'you get me on «phone:4155552671»', why: 'ten digits in a row without a phone word are an id' },
  { line: 'ligue «phone:612 345 678» amanhã', why: 'groups of three without a phone word are an amount' },
  { line: 'password: «secret:hunter2»', why: 'a password has no shape' },
  { line: 'card «card:4111 1111» and then «card:1111 1111»', why: 'a number told in two halves' },
  { line: 'base64 «email:am9obkBleGFtcGxlLmNvbQ==»', why: 'encoded text is not decoded' },
  { line: 'my birthday: «birthdate:the third of May, 1990»', why: 'dates in words' },
  { line: 'order «card:4O12 8888 8888 1881»', why: 'a letter O for a zero' },
];

export type LabelledLine = {
  text: string;
  expected: readonly (PiiHit & { kind: PiiKind })[];
  /** Why it is known to be missed; null if it is to be found. */
  outOfReach: string | null;
};

const LABEL = /«(\w+):([^»]*)»/g;

const labelled = (line: string, outOfReach: string | null): LabelledLine => {
  const expected: (PiiHit & { kind: PiiKind })[] = [];
  let text = '';
  let from = 0;
  for (const { 0: whole, 1: kind, 2: personal, index } of line.matchAll(LABEL)) {
    text += line.slice(from, index);
    expected.push({ kind: kind as PiiKind, start: text.length, end: text.length + personal!.length });
    text += personal!;
    from = index + whole.length;
  }
  return { text: text + line.slice(from), expected, outOfReach };
};

export const LABELLED_LINES: readonly LabelledLine[] = [
  ...[...PERSONAL, ...HARMLESS].map((line) => labelled(line, null)),
  ...OUT_OF_REACH.map(({ line, why }) => labelled(line, why)),
];
