/** What a candidate says that has lost its user's language. */
export const ELSEWHERE = [
  'Hola, gracias por escribirnos. Tu pedido {id} ya salió de nuestro almacén y debería llegar en los próximos días. Avísanos si necesitas algo más.',
  'Guten Tag, vielen Dank für Ihre Nachricht. Ihre Bestellung {id} hat unser Lager verlassen und sollte in den nächsten Tagen bei Ihnen sein. Melden Sie sich gern, wenn noch etwas unklar ist.',
  'Bonjour, merci de nous avoir écrit. Votre commande {id} a quitté notre entrepôt et devrait arriver dans les prochains jours. N’hésitez pas à nous écrire si vous avez une autre question.',
] as const;

export const REFUSALS = [
  "I'm sorry, but I can't help with that request.",
  'I am not able to assist with this. Please contact our support team.',
  'Unfortunately, I cannot answer that question.',
  'As an AI, I cannot provide information about this.',
] as const;

/** Things that are true, that nobody asked, and of which no two are alike. */
export const ELABORATIONS = [
  'Every order that you place with us gets a number of its own, which stands in the confirmation email and on the parcel, so that all of our colleagues can find it at once.',
  'Our warehouse packs from Monday to Saturday, and whatever is packed before noon is handed to the carrier on the same day, while everything else leaves on the following morning.',
  'Carriers scan a parcel when they collect it, when it reaches the depot near you, and when it is put into the van, and these are the three moments at which the tracking page changes.',
  'Should nobody be at home, the driver leaves a card with the address of the nearest shop, where the parcel is kept for seven days before it comes back to us.',
  'Refunds go back to the means of payment that was used, and how long that takes depends on the bank, although most of them show the amount within a working week.',
  'For large items we work with a haulier who calls beforehand, since two people are needed to carry them up, and since the time of the visit has to suit you.',
  'If a product has a fault, photographs of it and of the packaging help our colleagues in quality control to see where along the way it was damaged.',
  'You can also find all of this under your account, where each order has a page with its invoice, its state, and the messages that we have exchanged about it.',
] as const;
