"""What members and advisers write in the scratch database: some hundred different texts."""

NUMBER = 211  # A prime, so that neighbouring rows differ whatever they are counted by.

SUBJECTS = (
    "Mon client veut changer la date du contrat",
    "Attestation pour la caisse de chômage",
    "Quel taux de TVA pour un atelier ?",
    "Hoe dien ik een onkostennota in?",
    "Mijn bestelbon wacht op een handtekening",
    "Wie melde ich einen Einsatz in Deutschland an?",
    "My invoice is still unpaid after sixty days",
    "Je ne peux plus me connecter",
    "Contrat refusé la veille du spectacle",
    "Assurance pour du matériel loué",
    "Budget de mon activité : virement vers un collègue",
)
SENTENCES = (
    "Bonjour, je vous écris au sujet d'une prestation prévue la semaine prochaine.",
    "Le client a confirmé par téléphone, mais il n'a pas encore signé le bon de commande.",
    "J'ai joint le document tel que je l'ai reçu.",
    "Pouvez-vous me dire s'il faut refaire la déclaration depuis le début ?",
    "Ik heb het bedrag twee keer nagekeken en kom telkens op hetzelfde uit.",
    "De repetities beginnen dinsdag om tien uur, de voorstelling is op zaterdag.",
    "Ich habe die Reisekosten bisher selbst bezahlt und brauche eine Quittung.",
    "The organiser asks for an invoice before the end of the month.",
    "D'après vos pages, la réponse dépend du lieu où le travail est fait.",
    "Je reste joignable tous les matins, sauf le jeudi.",
    "Dank u voor de snelle hulp de vorige keer.",
    "Un grand merci d'avance pour votre réponse.",
    "Nous avons vérifié votre dossier et il manque encore une date.",
)


def subject(number: int) -> str:
    return SUBJECTS[number % len(SUBJECTS)]


def body(number: int) -> str:
    """Between two and eleven sentences, about 150 to 800 characters."""
    return " ".join(
        SENTENCES[(number * 3 + place * 5) % len(SENTENCES)] for place in range(2 + number % 10)
    )
