"""The words and figures in the data of a tenant."""

# fmt: off
FIRST_NAMES = (
    "Amélie", "Antoine", "Bruno", "Camille", "Chloé", "Claire", "David", "Élodie", "Emma", "Fatima", "Gérôme", "Hugo",
    "Inès", "Jeanne", "John", "Julien", "Karim", "Laure", "Léa", "Louis", "Lucas", "Manon", "Marc", "Marie", "Mathis",
    "Nadia", "Noah", "Olivier", "Paul", "Sarah",
)
LAST_NAMES = (
    "Bernard", "Blanc", "Bonnet", "Chevalier", "Da Silva", "Durand", "Fontaine", "Garnier", "Gauthier", "Girard",
    "Lambert", "Leroy", "Martin", "Mercier", "Moreau", "Nguyen", "Perrin", "Petit", "Renard", "Robert", "Rousseau",
    "Roux", "Schmidt", "Simon", "Traoré", "Vidal", "Weber",
)
TERRITORIES = {
    "FR": ("France", 65, "EUR"),
    "DE": ("Germany", 80, "EUR"),
    "CH": ("Switzerland", 206, "CHF"),
    "BE": ("Belgium", 20, "EUR"),
    "US": ("United States of America", 225, "USD"),
    "CA": ("Canada", 37, "CAD"),
}
"""The name, the number (the other form of the id) and the currency of each territory."""

SUPPLIERS = (
    ("Amazon Business", "FR"), ("OVHcloud", "FR"), ("Bureau Vallée", "FR"), ("Orange Business", "FR"),
    ("SNCF Connect", "FR"), ("Amazon", "US"), ("Edenred", "FR"), ("Doctolib", "FR"), ("Manutan", "FR"),
    ("LDLC Pro", "FR"), ("Kiloutou", "FR"), ("Dalkia", "FR"), ("Sodexo", "FR"), ("Elior", "FR"), ("Veolia", "FR"),
    ("JCDecaux", "FR"), ("Swile", "FR"), ("Hetzner Online", "DE"), ("SAP", "DE"), ("Personio", "DE"), ("DeepL", "DE"),
    ("Sixt", "DE"), ("Swisscom", "CH"), ("Infomaniak", "CH"), ("Proton", "CH"), ("Proximus", "BE"), ("Odoo", "BE"),
    ("Figma", "US"), ("GitHub", "US"), ("Datadog", "US"), ("Atlassian", "US"), ("Notion Labs", "US"), ("Slack", "US"),
    ("Zoom", "US"), ("Cloudflare", "US"), ("1Password", "CA"), ("Shopify", "CA"),
)
"""The name and the territory of each supplier. The sixth is the supplier of the documentation's samples."""

NATURES = (
    ("Abonnement SaaS", "Informatique", "613500"), ("Matériel informatique", "Informatique", "218300"),
    ("Fournitures de bureau", "Bureau", "606400"), ("Mobilier", "Bureau", "218400"),
    ("Déplacements", "Voyages", "625100"), ("Hébergement", "Voyages", "625600"), ("Formation", "Personnel", "633300"),
    ("Prestations de conseil", "Honoraires", "622600"), ("Publicité", "Communication", "623100"),
    ("Télécommunications", "Informatique", "626000"), ("Entretien des locaux", "Locaux", "615200"),
    ("Restauration", "Personnel", "625700"),
)
"""The name, the cost family and the account of each nature."""

DEPARTMENTS = (
    "Product", "Engineering", "Sales", "Marketing", "Finance", "People", "Legal", "IT", "Support", "Data", "Design",
    "Operations", "Partners", "Quality", "Research",
)
CITIES = ("Nantes", "Paris", "Marseille", "Genève", "Lyon", "Madrid")
TITLES = (
    "Laptops for new joiners", "Monitors 27 inches", "Cloud hosting", "Design tool licences", "Office chairs",
    "Team offsite", "Password manager", "Security audit", "Coffee machine", "Train passes", "Trade fair stand",
    "Legal advice", "Headsets", "Monitoring", "Translation service", "Video meeting licences", "Meeting room screen",
    "Language courses",
)
TAX_RATES = {
    "FR": (
        ("Normal", "0.2"), ("Intermédiaire", "0.1"), ("Réduit", "0.055"), ("Particulier", "0.021"), ("Exonéré", "0"),
    ),
    "DE": (("Normal", "0.19"), ("Ermäßigt", "0.07"), ("Steuerfrei", "0")),
    "CH": (("Normal", "0.081"), ("Sondersatz", "0.038"), ("Reduziert", "0.026"), ("Exonéré", "0")),
    "BE": (("Normal", "0.21"), ("Intermédiaire", "0.12"), ("Réduit", "0.06"), ("Exonéré", "0")),
    "US": (("None", "0"),),
    "CA": (("GST", "0.05"), ("HST", "0.13"), ("None", "0")),
}
"""The tax rates of each territory: name and fraction."""
WITHOUT_CENTS = frozenset(
    (
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    )
)
"""The currencies whose smallest unit is 1 (ISO 4217)."""
CURRENCIES = (
    "Invalid", "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN",
    "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY",
    "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR",
    "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR",
    "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR",
    "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR",
    "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN",
    "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU",
    "UZS", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
)
