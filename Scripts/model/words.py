"""The facts and word lists that the corpus is made of. Data only."""

# country: capital
CAPITALS = {
    "Argentina": "Buenos Aires",
    "Australia": "Canberra",
    "Austria": "Vienna",
    "Belgium": "Brussels",
    "Brazil": "Brasilia",
    "Canada": "Ottawa",
    "Chile": "Santiago",
    "China": "Beijing",
    "Colombia": "Bogota",
    "Croatia": "Zagreb",
    "Cuba": "Havana",
    "Denmark": "Copenhagen",
    "Egypt": "Cairo",
    "Finland": "Helsinki",
    "France": "Paris",
    "Germany": "Berlin",
    "Greece": "Athens",
    "Hungary": "Budapest",
    "Iceland": "Reykjavik",
    "India": "New Delhi",
    "Indonesia": "Jakarta",
    "Ireland": "Dublin",
    "Italy": "Rome",
    "Japan": "Tokyo",
    "Kenya": "Nairobi",
    "Mexico": "Mexico City",
    "Morocco": "Rabat",
    "Nepal": "Kathmandu",
    "Norway": "Oslo",
    "Peru": "Lima",
    "Poland": "Warsaw",
    "Portugal": "Lisbon",
    "Romania": "Bucharest",
    "Russia": "Moscow",
    "South Korea": "Seoul",
    "Spain": "Madrid",
    "Sweden": "Stockholm",
    "Thailand": "Bangkok",
    "Turkey": "Ankara",
    "Ukraine": "Kyiv",
}

OPPOSITES = [
    ("hot", "cold"),
    ("big", "small"),
    ("up", "down"),
    ("fast", "slow"),
    ("happy", "sad"),
    ("open", "closed"),
    ("light", "dark"),
    ("old", "young"),
    ("wet", "dry"),
    ("full", "empty"),
    ("loud", "quiet"),
    ("hard", "soft"),
    ("tall", "short"),
    ("good", "bad"),
    ("early", "late"),
    ("rich", "poor"),
    ("strong", "weak"),
    ("clean", "dirty"),
    ("near", "far"),
    ("high", "low"),
    ("left", "right"),
    ("thick", "thin"),
    ("wide", "narrow"),
    ("true", "false"),
    ("brave", "afraid"),
    ("easy", "difficult"),
    ("first", "last"),
    ("in", "out"),
    ("day", "night"),
    ("love", "hate"),
    ("start", "stop"),
    ("push", "pull"),
    ("win", "lose"),
    ("buy", "sell"),
    ("give", "take"),
    ("before", "after"),
    ("above", "below"),
    ("always", "never"),
    ("sweet", "sour"),
    ("yes", "no"),
]

# thing: its colour
COLOURS = {
    "the sky": "blue",
    "grass": "green",
    "snow": "white",
    "a banana": "yellow",
    "a lemon": "yellow",
    "a carrot": "orange",
    "an orange": "orange",
    "a tomato": "red",
    "blood": "red",
    "coal": "black",
    "milk": "white",
    "a leaf": "green",
    "the sun": "yellow",
    "the sea": "blue",
    "a frog": "green",
    "a polar bear": "white",
    "a crow": "black",
    "chocolate": "brown",
    "a pumpkin": "orange",
    "a strawberry": "red",
    "a cherry": "red",
    "a cucumber": "green",
    "an elephant": "grey",
    "a flamingo": "pink",
    "a pig": "pink",
    "salt": "white",
    "the night": "black",
    "wood": "brown",
    "a fire engine": "red",
    "an eggplant": "purple",
}

# animal: (sound, young, home)
ANIMALS = {
    "dog": ("woof", "puppy", "kennel"),
    "cat": ("meow", "kitten", "house"),
    "cow": ("moo", "calf", "barn"),
    "duck": ("quack", "duckling", "pond"),
    "sheep": ("baa", "lamb", "field"),
    "horse": ("neigh", "foal", "stable"),
    "pig": ("oink", "piglet", "sty"),
    "lion": ("roar", "cub", "grassland"),
    "owl": ("hoot", "owlet", "tree"),
    "frog": ("croak", "tadpole", "pond"),
    "bee": ("buzz", "larva", "hive"),
    "chicken": ("cluck", "chick", "coop"),
    "mouse": ("squeak", "pup", "hole"),
    "bear": ("growl", "cub", "cave"),
    "goat": ("bleat", "kid", "farm"),
    "wolf": ("howl", "pup", "den"),
    "snake": ("hiss", "hatchling", "burrow"),
    "crow": ("caw", "chick", "nest"),
}
LEGS = {
    "a dog": "four",
    "a spider": "eight",
    "a bird": "two",
    "an ant": "six",
    "a cat": "four",
    "a bee": "six",
    "a snake": "no",
    "a fish": "no",
    "a horse": "four",
    "a chicken": "two",
    "an octopus": "eight",
    "a person": "two",
}

# tool: what it is for
USES = {
    "an umbrella": "keep dry in the rain",
    "a knife": "cut food",
    "a pencil": "write and draw",
    "a broom": "sweep the floor",
    "a key": "open a lock",
    "a lamp": "give light",
    "a clock": "tell the time",
    "a hammer": "hit nails",
    "a spoon": "eat soup",
    "a bed": "sleep in",
    "a chair": "sit on",
    "a book": "read stories",
    "a boat": "travel on water",
    "a bridge": "cross a river",
    "a ladder": "climb up high",
    "a mirror": "look at yourself",
    "a needle": "sew clothes",
    "an oven": "bake bread",
    "a phone": "call people",
    "a ruler": "measure lines",
    "soap": "wash your hands",
    "a towel": "dry yourself",
    "a bag": "carry things",
    "a map": "find the way",
    "a bell": "make a ringing sound",
    "a blanket": "keep warm",
    "a cup": "drink tea",
    "a camera": "take pictures",
    "a saw": "cut wood",
    "a bucket": "carry water",
}

# worker: what the worker does
JOBS = {
    "baker": "bakes bread",
    "doctor": "helps sick people",
    "teacher": "teaches children",
    "farmer": "grows food",
    "pilot": "flies planes",
    "sailor": "sails ships",
    "cook": "makes meals",
    "painter": "paints pictures",
    "writer": "writes books",
    "singer": "sings songs",
    "dentist": "looks after teeth",
    "fisherman": "catches fish",
    "gardener": "looks after plants",
    "builder": "builds houses",
    "tailor": "makes clothes",
    "vet": "helps sick animals",
}

PLURALS = {
    "mouse": "mice",
    "child": "children",
    "foot": "feet",
    "tooth": "teeth",
    "goose": "geese",
    "man": "men",
    "woman": "women",
    "leaf": "leaves",
    "wolf": "wolves",
    "knife": "knives",
    "baby": "babies",
    "city": "cities",
    "box": "boxes",
    "bus": "buses",
    "cat": "cats",
    "dog": "dogs",
    "tree": "trees",
    "house": "houses",
    "sheep": "sheep",
    "fish": "fish",
    "person": "people",
    "berry": "berries",
    "story": "stories",
    "dish": "dishes",
}
PAST = {
    "go": "went",
    "eat": "ate",
    "run": "ran",
    "see": "saw",
    "take": "took",
    "give": "gave",
    "sing": "sang",
    "swim": "swam",
    "write": "wrote",
    "buy": "bought",
    "think": "thought",
    "fly": "flew",
    "find": "found",
    "make": "made",
    "sleep": "slept",
    "walk": "walked",
    "play": "played",
    "jump": "jumped",
    "come": "came",
    "break": "broke",
    "speak": "spoke",
    "drink": "drank",
    "begin": "began",
    "sit": "sat",
}

# English: (French, Spanish, German)
TRANSLATIONS = {
    "dog": ("chien", "perro", "Hund"),
    "cat": ("chat", "gato", "Katze"),
    "house": ("maison", "casa", "Haus"),
    "water": ("eau", "agua", "Wasser"),
    "bread": ("pain", "pan", "Brot"),
    "milk": ("lait", "leche", "Milch"),
    "sun": ("soleil", "sol", "Sonne"),
    "moon": ("lune", "luna", "Mond"),
    "tree": ("arbre", "árbol", "Baum"),
    "book": ("livre", "libro", "Buch"),
    "green": ("vert", "verde", "grün"),
    "door": ("porte", "puerta", "Tür"),
    "child": ("enfant", "niño", "Kind"),
    "tomorrow": ("demain", "mañana", "morgen"),
    "thank you": ("merci", "gracias", "danke"),
    "hello": ("bonjour", "hola", "hallo"),
    "summer": ("été", "verano", "Sommer"),
    "king": ("roi", "rey", "König"),
}
EMOJI = {
    "a cat": "🐱",
    "a dog": "🐶",
    "a fox": "🦊",
    "a bear": "🐻",
    "a frog": "🐸",
    "a fish": "🐟",
    "the sun": "☀️",
    "the moon": "🌙",
    "a tree": "🌳",
    "a flower": "🌸",
    "an apple": "🍎",
    "a house": "🏠",
    "a heart": "❤️",
    "a star": "⭐",
    "a rocket": "🚀",
    "bread": "🍞",
}

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
MONTH_DAYS = dict(zip(MONTHS, (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)))
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)
SHAPES = {
    "a triangle": 3,
    "a square": 4,
    "a rectangle": 4,
    "a pentagon": 5,
    "a hexagon": 6,
    "an octagon": 8,
}

KINDS = {
    "animal": (
        "dog cat cow horse sheep lion bear wolf fox mouse rabbit goat tiger zebra monkey camel"
    ).split(),
    "fruit": "apple pear plum banana cherry grape lemon mango orange peach melon kiwi".split(),
    "vegetable": "carrot onion potato cabbage bean pea leek spinach radish turnip".split(),
    "colour": "red blue green yellow orange purple pink black white brown grey".split(),
    "bird": "robin eagle owl crow duck goose parrot swan sparrow penguin".split(),
    "tool": "hammer saw drill spade rake axe wrench ladder".split(),
    "drink": "water milk tea coffee juice lemonade".split(),
    "piece of clothing": "shirt hat coat sock shoe glove scarf dress".split(),
}
NOUNS = (
    "table chair river cloud garden window bottle candle pencil basket mountain forest island "
    "bridge stone ship train paper letter music winter summer morning evening kitchen village "
    "castle market school lamp door key book ball box bag cup bell boat bird fish tree leaf "
    "star moon sun rain snow wind fire sand bread cheese soup cake honey sugar salt egg rice "
    "butter"
).split()
LIST_WORDS = sorted({w for kind in KINDS.values() for w in kind} | set(NOUNS))

NAMES = (
    "Tom Anna Ben Lily Max Mia Sam Lucy Jack Emma Leo Nora Finn Ella Hugo Ruby Oscar Clara "
    "Noah Alice Theo Rosa Peter Sara Paul Ivy Felix Maya Adam Zoe"
).split()
HE = set("Tom Ben Max Sam Jack Leo Finn Hugo Oscar Noah Theo Peter Paul Felix Adam".split())

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def number_words(n: int) -> str:
    """`n` from 0 to 100 in words: 42 is "forty-two"."""
    if n == 100:
        return "one hundred"
    if n < 20:
        return ONES[n]
    return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")


def article(noun: str) -> str:
    """The noun with "a" or "an" before it."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
