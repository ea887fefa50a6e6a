/** What customers ask, by topic; {id}, {item} and {name} are filled in from an order. */
export const QUESTIONS = {
  order_status: [
    'Hi, can you tell me where order {id} is?',
    "What's the status of {id}? It's the {item}.",
    'Hello, {name} here. Has my {item} shipped yet? Order {id}.',
    'When will {id} get here? I want to be home for it.',
    'Quick question: could you check on order {id} for me?',
    "I'd like an update on my order of the {item}, number {id}.",
    'Could I get the tracking for {id} please?',
    'just checking in on {id}, any news',
  ],
  late: [
    "Order {id} is late. I'm still waiting for the {item}!",
    'My {item} was supposed to be here last week. {id}. What is going on?',
    "{id} still hasn't arrived and nobody tells me anything.",
    'Why is there such a delay with {id}? I needed the {item} for a birthday.',
    "This is the third time I'm asking, my order {id} is overdue.",
    'still waiting on {id}... is the {item} ever going to come',
    'The {item} never came. Order {id}. I took a day off work for this delivery.',
  ],
  damaged: [
    'The {item} from order {id} came broken.',
    'I just opened {id} and the {item} is damaged, the box was crushed.',
    'Hi, this is {name}. My {item} arrived cracked right through. Order {id}.',
    'Half of order {id} is in pieces. What do I do with the {item} now?',
    '{item} arrived scratched and dented, order number {id}. Not acceptable for that price.',
    'There is a chipped edge on the {item} ({id}) and it was a present.',
  ],
  refund: [
    "I'd like a refund for {id} please, the {item} isn't what I expected.",
    'Can I return the {item}? Order {id}. I want my money back.',
    'How do I send it back? {id}, the {item}. And when do I see the refund?',
    'Please refund order {id}. The colour of the {item} is nothing like the photo.',
    '{name} here, I asked for my money back on {id} and heard nothing.',
    'the {item} is too small for us, can we get a refund? its {id}',
  ],
  cancellation: [
    'Please cancel order {id}.',
    'I ordered the {item} twice by mistake, can you cancel {id}?',
    'Can I still cancel {id}? I found the {item} cheaper somewhere else.',
    'Hi, {name} here, I changed my mind about the {item}. Order {id}.',
    'I need to call off {id}, we are moving house before it would come.',
    'cancel {id} asap please, wrong address on it',
  ],
} as const;

export const MOODS = [
  '',
  '',
  '',
  'Thanks!',
  'Please be quick, I am on my lunch break.',
  'I have been a customer for years.',
  'This is really disappointing.',
  'I am not happy about this at all.',
  'No rush, whenever you have a moment.',
  'I already wrote to you on Monday.',
] as const;

export const WITHOUT_NUMBER = [
  'Hello, I have a question about an order I placed.',
  'hi, I need some help with something I bought from you',
  'Good morning! Who can help me with my purchase?',
] as const;

export const ASKS_NUMBER = 'Of course! Could you give me your order number, please? It starts with ORD-.';
