import { calling, type LabelledCase, withTools } from './labelled-case.fixture.ts';

type Asked = LabelledCase['request'];
const bad = (why: string, request: Asked, answer: LabelledCase['answer']): LabelledCase => ({
  why,
  request,
  answer,
  expected: 1,
});
const good = (why: string, request: Asked, answer: LabelledCase['answer']): LabelledCase => ({
  ...bad(why, request, answer),
  expected: 0,
});
const told = (system: string, user: string): Asked => ({
  messages: [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ],
});

const ASKED = 'Where is my order A-17, which I placed two weeks ago?';
const SYSTEM =
  'You are the support agent of a shop for garden tools. You answer questions about orders, refunds and deliveries, and you are polite.';

const LOOPS: readonly LabelledCase[] = [
  bad('one sentence for ever', ASKED, 'Your order is on its way. '.repeat(12)),
  bad('three times is enough', ASKED, 'I can help with that. I can help with that. I can help with that.'),
  bad('one word', ASKED, 'order '.repeat(40)),
  bad('two words', ASKED, `The parcel is${' very very'.repeat(30)}`),
  bad('a line', ASKED, 'We are sorry for the delay.\n'.repeat(8)),
  bad(
    'a paragraph',
    ASKED,
    'I looked your order up and it left our house on Monday. The courier has it now.\n\n'.repeat(4),
  ),
  bad(
    'a beginning and then a loop',
    ASKED,
    `Let me look up your order for you right now. ${'It is on its way to you. '.repeat(10)}`,
  ),
  bad('a loop and then an end', ASKED, `${'Please hold on a moment. '.repeat(10)}Your order is here.`),
  bad(
    'as recorded',
    'What is GDP?',
    `GDP is the total value of all goods produced in a year. ${'It is the most common measure of a country’s economic output. GDP is calculated by adding up the total expenditures for all final goods. '.repeat(4)}`,
  ),
  bad(
    'a list of one item, as recorded',
    'Thomas is very healthy, but he has to go to the hospital every day. What could be the reasons?',
    Array.from(
      { length: 10 },
      (_, i) => `${i + 1}. Thomas is very healthy, but he has to go to the hospital every day.`,
    ).join('\n'),
  ),
  bad(
    'all of it twice',
    ASKED,
    'Your order left our house on Monday morning, and the courier brings it to you today. '.repeat(2),
  ),
  bad('in Chinese', '我的订单在哪里？', '您的订单正在路上。'.repeat(8)),
  bad('in Russian', 'Где мой заказ?', 'Ваш заказ уже в пути. '.repeat(8)),
  good('a repetition that was asked for', 'Write “I will not be late” 20 times.', 'I will not be late. '.repeat(20)),
  good('repeat it', 'Repeat the word yes until I say stop.', 'yes '.repeat(50)),
  good(
    'a refrain',
    'Write a short song about rain.',
    'Rain on the roof, rain on the road,\nrain on the river, rain on my load.\nSing with the rain, sing with me,\nrain on the roof, rain on the sea.',
  ),
  good('thanks in a row', 'Thanks!', 'Thank you, thank you, thank you!'),
  good('a laugh', 'I got the joke.', 'Ha ha ha ha ha, glad to hear it!'),
  good(
    'a list of things alike',
    'Which flights are there?',
    Array.from(
      { length: 6 },
      (_, i) =>
        `- **Flight HAT${100 + i * 37}**: departure ${6 + i}:15, economy $${120 + i * 13}, business $${300 + i * 41}`,
    ).join('\n'),
  ),
  good(
    'a table',
    'Which plan has what?',
    `| plan | chat | calls |\n| --- | --- | --- |\n${'| basic | no | no |\n'.repeat(10)}`,
  ),
  good('code', 'Show me a matrix of zeros.', `\`\`\`js\nconst m = [\n${'  [0, 0, 0, 0],\n'.repeat(10)}];\n\`\`\``),
  good(
    'JSON',
    'Give me ten empty orders as JSON.',
    `[${Array.from({ length: 10 }, () => '{"id": null, "status": "open"}').join(', ')}]`,
  ),
  good('numbers', 'Count to thirty.', Array.from({ length: 30 }, (_, i) => i + 1).join(', ')),
];

const ECHOES: readonly LabelledCase[] = [
  bad('the question', ASKED, ASKED),
  bad('the question with a label', ASKED, `User: ${ASKED}`),
  bad('the question and white space', ASKED, `\n\n${ASKED}\n`),
  bad('the system prompt', told(SYSTEM, ASKED), SYSTEM),
  bad('the system prompt before an answer', told(SYSTEM, ASKED), `${SYSTEM}\n\nYour order is on its way.`),
  bad('a chat template', ASKED, 'It is on its way.<|im_end|>\n<|im_start|>user\nThanks!'),
  bad('another template', ASKED, 'It is on its way. [INST] Thanks! [/INST]'),
  good(
    'the question before its answer',
    ASKED,
    `You asked: “${ASKED}” It left our house on Monday, and it is with you tomorrow.`,
  ),
  good(
    'the question taken up, as recorded',
    'average height for a male',
    'The average height for a male is 69 inches.',
  ),
  good('a short greeting', 'Good morning!', 'Good morning!'),
  good(
    'a text that needed no correction',
    'Correct this sentence: The order was sent on Monday.',
    'The order was sent on Monday.',
  ),
  good(
    'the same by the system’s wish',
    told('You correct the grammar of what you are given.', 'The order was sent on Monday.'),
    'The order was sent on Monday.',
  ),
  good('say after me', 'Say exactly this sentence: I have read the terms.', 'I have read the terms.'),
  good(
    'words of the system prompt',
    told(SYSTEM, 'What can you do?'),
    'I answer questions about orders, refunds and deliveries.',
  ),
];

const LANGUAGES: readonly LabelledCase[] = [
  bad('Chinese to an English question', ASKED, '您的订单已于周一寄出，预计明天下午会送到您所填写的地址。'),
  bad(
    'English to a Chinese question',
    '我的订单A-17在哪里？两周前下的单。',
    'Your order left our house on Monday, and it will be with you tomorrow.',
  ),
  bad('Russian to an English question', ASKED, 'Ваш заказ отправлен в понедельник и будет доставлен завтра.'),
  bad(
    'English to a Russian question',
    'Где мой заказ A-17?',
    'Your order was sent on Monday and will arrive tomorrow.',
  ),
  bad('Arabic to an English question', ASKED, 'تم شحن طلبك يوم الاثنين وسيصل إليك غدا بعد الظهر.'),
  bad('Korean to an English question', ASKED, '주문하신 상품은 월요일에 발송되었으며 내일 도착할 예정입니다.'),
  bad(
    'Chinese to a Japanese question',
    '私の注文はどこにありますか？',
    '您的订单已于周一寄出，预计明天下午会送到您所填写的地址。',
  ),
  bad(
    'German to an English question',
    ASKED,
    'Ihre Bestellung wurde am Montag versandt und wird morgen bei Ihnen sein.',
  ),
  bad(
    'English to a German question',
    'Wo ist meine Bestellung A-17, die ich vor zwei Wochen aufgegeben habe?',
    'Your order was sent on Monday and it will be with you tomorrow.',
  ),
  bad(
    'English to a French question',
    'Où est ma commande, que j’ai passée pour vous il y a deux semaines ?',
    'Your order was sent on Monday and it will be with you tomorrow.',
  ),
  bad(
    'French to an English question',
    ASKED,
    'Votre commande est partie lundi et vous sera livrée demain dans la journée, nous sommes désolés pour le retard.',
  ),
  bad(
    'Spanish to an English question',
    ASKED,
    'Su pedido salió el lunes y está en camino; lo recibirá mañana por la tarde con el mensajero.',
  ),
  bad(
    'English to a Spanish question',
    '¿Dónde está el pedido que hice por la web el lunes?',
    'Your order was sent on Monday and it will be with you tomorrow.',
  ),
  bad(
    'Italian to an English question',
    ASKED,
    'Il suo ordine è stato spedito lunedì e non è ancora arrivato; può seguirlo sul sito della posta.',
  ),
  bad(
    'Dutch to a German question',
    'Wo ist meine Bestellung und wann wird sie bei mir sein?',
    'Uw bestelling is maandag verzonden en wordt morgen bij u bezorgd. Het spijt ons voor het wachten.',
  ),
  bad(
    'English to German users of an English prompt',
    told(SYSTEM, 'Wann kommt mein Paket und wo ist es jetzt?'),
    'Your order was sent on Monday and it will be with you tomorrow.',
  ),
  good(
    'the user’s language',
    'Wo ist meine Bestellung?',
    'Ihre Bestellung wurde am Montag versandt und wird morgen bei Ihnen sein.',
  ),
  good(
    'a translation',
    'Translate to German: Your order was sent on Monday.',
    'Ihre Bestellung wurde am Montag versandt und ist bald bei Ihnen.',
  ),
  good(
    'a language by name',
    'How do I say that my order is late in Japanese?',
    '注文の品がまだ届いていません、と言います。',
  ),
  good(
    'a wish in the other language',
    'Auf Englisch bitte: Wo ist mein Paket?',
    'Where is my parcel? I have been waiting for it and you have not sent it.',
  ),
  good(
    'a language by the system’s wish',
    told('Always answer in English.', 'Где мой заказ A-17?'),
    'Your order was sent on Monday and will arrive tomorrow.',
  ),
  good(
    'a user who mixes',
    '我想 return 我的 order A-17, 怎么 do it?',
    'You can return it at any post office; the label is in the parcel with your order.',
  ),
  good(
    'an English text in a German request',
    `Fasse das bitte für mich zusammen: ${'The parcel was sent on Monday and it has been with the courier. '.repeat(20)}`,
    'Das Paket wurde am Montag versandt und ist nun bei dem Kurier, der es bald bringen wird.',
  ),
  good(
    'a quotation',
    'What does “Der Kunde ist König und hat immer recht” say?',
    'It says that the customer is king and has always been right, and that you are to please them.',
  ),
  good('names', 'Who wrote it?', 'It was written by Фёдор Достоевский (Fyodor Dostoevsky).'),
  good('a name alone', 'Who wrote War and Peace, in the letters of the original?', 'Лев Николаевич Толстой'),
  good(
    'code',
    'Zeig mir bitte eine Schleife, die ich nicht vergesse.',
    '```js\n// for each of the orders that you have, print what the user will see\nfor (const order of orders) print(order);\n```',
  ),
  good('a short answer', 'Где мой заказ?', 'OK'),
  good('a URL', 'Где мой заказ A-17?', 'https://example.com/track/A-17'),
  good(
    'an earlier message in the other language',
    {
      messages: [
        { role: 'user', content: 'Where is my order, and when will you send it?' },
        { role: 'assistant', content: 'May I have its number?' },
        { role: 'user', content: '订单号是A-17，谢谢您的帮助。' },
      ],
    },
    'Your order was sent on Monday and it will be with you tomorrow.',
  ),
  good('kana and Han', '注文はどこ？', '商品は本日発送いたしましたので、明日の午後に届きます。'),
  good('a Japanese question without kana', '注文番号確認願', '商品は本日発送いたしましたので、明日の午後に届きます。'),
  good(
    'loan words',
    'Was ist ein Feature Flag und wie benutze ich es?',
    'Ein Feature Flag ist ein Schalter, mit dem Sie eine Funktion für einen Teil der Nutzer und ohne Deployment einschalten.',
  ),
  good(
    'a language that nobody lists',
    'Hvor er min pakke, og hvornår kommer den?',
    'Your order was sent on Monday and it will be with you tomorrow.',
  ),
  good('two languages that are near', '¿Cuándo llega mi pedido?', 'Llega mañana por la tarde.'),
  good('an answer in JSON', 'Где мой заказ A-17?', '{"status": "sent", "carrier": "post", "expected": "tomorrow"}'),
  good('a call with words in another language', withTools('Где мой заказ A-17?'), {
    ...calling(['get_order', { id: 'A-17' }]),
    content: 'Looking',
  }),
];

const LEFTOVERS: readonly LabelledCase[] = [
  bad(
    'a tool call as text',
    withTools(ASKED),
    '<tool_call>{"name": "get_order", "arguments": {"id": "A-17"}}</tool_call>',
  ),
  bad('a marked function', withTools(ASKED), 'Let me look. <function=get_order>{"id": "A-17"}</function>'),
  bad('a placeholder', ASKED, 'Hello {{customer_name}}, your order left our house on Monday.'),
  bad("a script's placeholder", ASKED, 'Hello ${name}, your order left our house on Monday.'),
  bad('an object as text', ASKED, 'Your order: [object Object]. It left our house on Monday.'),
  bad('UTF-8 read as Latin-1', 'Wann kommt meine Bestellung?', 'Ihre Bestellung ist fÃ¼r morgen angekÃ¼ndigt.'),
  bad('quotes of another coding', ASKED, 'Itâ€™s on its way and you will have it tomorrow.'),
  bad('a replacement character', ASKED, 'It will be at your caf\uFFFD tomorrow.'),
  bad('a stack', ASKED, 'Traceback (most recent call last):\n  File "agent.py", line 7, in answer\nKeyError: 17'),
  bad("a program's error", ASKED, "TypeError: Cannot read properties of undefined (reading 'status')"),
  bad("a server's error", ASKED, 'Internal Server Error'),
  bad('a web page', ASKED, '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>'),
  good(
    'a template that was asked for',
    'Write a template for our shipping mail.',
    'Hello {{name}}, your order is on its way.',
  ),
  good("a question about a program's error", 'What does my script print?', 'TypeError: x is not a function'),
  good('code', ASKED, 'Use this: `echo ${name}`, and it will tell you where it is.'),
  good('a formula', 'What are the roots of 3x² - 8x?', String.raw`\[ x = \frac{{8 - 8}}{{6}} = \frac{{ab}}{6} \]`),
  good('a price', ASKED, 'It costs $20 and {maybe} more, with a deposit of £5.'),
  good('letters of other languages', 'Onde está?', 'São as encomendas de sua mãe, Ângela: estão em Évora.'),
  good('the word error', ASKED, 'Error on our side: it was sent to the wrong depot, and you will have it tomorrow.'),
  good('an excuse', ASKED, 'Errors happen: it went to the wrong depot, and you will have it tomorrow.'),
];

export const DEGENERATE_CASES: readonly LabelledCase[] = [
  ...LEFTOVERS,
  ...LOOPS,
  ...ECHOES,
  ...LANGUAGES,
  { why: 'no text', request: ASKED, answer: '', expected: null },
  { why: 'a call alone', request: withTools(ASKED), answer: calling(['get_order', { id: 'A-17' }]), expected: null },
];
