//! Names in the scripts that agencies meet. Given and family names are common ones put together at random.

use crate::random::Random;

/// Where a person's name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Culture {
    English,
    Spanish,
    Ukrainian,
    Arabic,
    Filipino,
}

/// One part of a name: as three ways of writing it with Latin letters have it, and in its own script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) latin: [&'static str; 3],
    pub(crate) native: Option<&'static str>,
}

impl Part {
    pub(crate) fn usual(&self) -> &'static str {
        let [first, ..] = self.latin;
        first
    }
}

/// What sex a name is given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sex {
    Female,
    Male,
}

impl Sex {
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }
}

type Row = (&'static str, &'static str, &'static str, &'static str);

const fn same(name: &'static str) -> Row {
    (name, name, name, "")
}

const ENGLISH_F: &[Row] = &[
    same("Tamsin"),
    same("Orla"),
    same("Bexley"),
    same("Wren"),
    same("Saoirse"),
    same("Fenna"),
    ("Katherine", "Catherine", "Kathryn", ""),
    ("Sara", "Sarah", "Sahra", ""),
    same("Imogen"),
    same("Petra"),
];
const ENGLISH_M: &[Row] = &[
    same("Quillon"),
    same("Calder"),
    same("Iver"),
    ("Geoffrey", "Jeffrey", "Jeff", ""),
    same("Ansel"),
    ("Stephen", "Steven", "Steve", ""),
    same("Barnaby"),
    same("Lorcan"),
    same("Thorne"),
    same("Osric"),
];
const ENGLISH_L: &[Row] = &[
    same("Quillfeather"),
    same("Marrowby"),
    same("Tanglewood"),
    same("Oakhollow"),
    same("Ashcombe"),
    ("Finchley-Roe", "Finchley Roe", "Finchleyroe", ""),
    same("Larkspur"),
    same("Brindlewick"),
    same("Thornebury"),
    same("Winterhay"),
    same("Hazelgrave"),
    same("Pennywhistle"),
    same("Stavelock"),
    same("Crowmarsh"),
    same("Underhay"),
    same("Merriden"),
    ("O'Farraway", "OFarraway", "O Farraway", ""),
    same("Vantongeren"),
    same("Wexcombe"),
    same("Yarrowdale"),
];
const SPANISH_F: &[Row] = &[
    same("Marisol"),
    same("Odalys"),
    ("Ximena", "Jimena", "Gimena", "Ximena"),
    same("Perpetua"),
    ("María José", "Maria Jose", "Ma. José", "María José"),
    same("Rosalba"),
    same("Itzel"),
    ("Guadalupe", "Guadalupe", "Lupe", "Guadalupe"),
    ("Belén", "Belen", "Belem", "Belén"),
    same("Araceli"),
];
const SPANISH_M: &[Row] = &[
    ("Lázaro", "Lazaro", "Lasaro", "Lázaro"),
    same("Anselmo"),
    ("Darío", "Dario", "Darío", "Darío"),
    ("Ángel", "Angel", "Anjel", "Ángel"),
    same("Evaristo"),
    ("Óscar", "Oscar", "Oskar", "Óscar"),
    same("Fermín"),
    ("José Luis", "Jose Luis", "J. Luis", "José Luis"),
    same("Hilario"),
    same("Ulises"),
];
const SPANISH_L: &[Row] = &[
    same("Verdugal"),
    same("Pedrosillo"),
    same("Montesol"),
    same("Casaluz"),
    same("Valdemora"),
    same("Estrellado"),
    ("de la Fuentelarga", "Delafuentelarga", "De La Fuente Larga", "de la Fuentelarga"),
    ("Ibáñez", "Ibanez", "Ybañez", "Ibáñez"),
    ("Nuñal", "Nunal", "Nunnal", "Nuñal"),
    same("Robledal"),
    ("del Rosalejo", "Delrosalejo", "Rosalejo", "del Rosalejo"),
    same("Quintabrava"),
    same("Sotomolino"),
    ("Peñarrubia", "Penarrubia", "Pena Rubia", "Peñarrubia"),
    same("Altozano"),
    same("Campoverdín"),
];
const UKRAINIAN_F: &[Row] = &[
    ("Oksana", "Oxana", "Oksana", "Оксана"),
    ("Yuliia", "Julija", "Yulia", "Юлія"),
    ("Iryna", "Irina", "Iryna", "Ірина"),
    ("Halyna", "Galina", "Halyna", "Галина"),
    ("Khrystyna", "Christina", "Hrystyna", "Христина"),
    ("Natalia", "Nataliya", "Natalija", "Наталія"),
    ("Zoriana", "Zorjana", "Soriana", "Зоряна"),
    ("Solomiia", "Solomija", "Solomia", "Соломія"),
];
const UKRAINIAN_M: &[Row] = &[
    ("Oleksandr", "Alexander", "Olexandr", "Олександр"),
    ("Serhii", "Sergey", "Serhij", "Сергій"),
    ("Yevhen", "Evgen", "Jewhen", "Євген"),
    ("Andrii", "Andrej", "Andriy", "Андрій"),
    ("Ihor", "Igor", "Ihor", "Ігор"),
    ("Volodymyr", "Vladimir", "Wolodymyr", "Володимир"),
    ("Taras", "Taras", "Tarass", "Тарас"),
    ("Bohdan", "Bogdan", "Bohdan", "Богдан"),
];
const UKRAINIAN_L: &[Row] = &[
    ("Zhytnyk", "Jitnik", "Schytnyk", "Житник"),
    ("Chornohuz", "Čornohuz", "Tschornohus", "Чорногуз"),
    ("Shchastyvets", "Schastivets", "Ščastyveć", "Щастивець"),
    ("Yavoriv", "Javoriv", "Iavoriv", "Яворів"),
    ("Khmaroper", "Chmaroper", "Hmaroper", "Хмаропер"),
    ("Verbolozenko", "Werbolosenko", "Verbolozenko", "Верболозенко"),
    ("Tsymbalyshyn", "Cymbalyšyn", "Zymbalyschyn", "Цимбалишин"),
    ("Hrushevyi", "Grushevoy", "Hruschewyj", "Грушевий"),
    ("Kvitoslav", "Kwitoslaw", "Kvitoslav", "Квітослав"),
    ("Lypnevyi", "Lipnevoj", "Lypnewyj", "Липневий"),
    ("Medovnyk", "Medovnik", "Medownyk", "Медовник"),
    ("Pryiaznenko", "Prijaznenko", "Pryjasnenko", "Приязненко"),
];
const ARABIC_F: &[Row] = &[
    ("Fatima", "Fatimah", "Fatma", "فاطمة"),
    ("Aisha", "Ayesha", "Aicha", "عائشة"),
    ("Khadija", "Khadeeja", "Hadidja", "خديجة"),
    ("Maryam", "Mariam", "Meryem", "مريم"),
    ("Noor", "Nour", "Nur", "نور"),
    ("Zaynab", "Zainab", "Zeineb", "زينب"),
];
const ARABIC_M: &[Row] = &[
    ("Mohammed", "Muhammad", "Mohamed", "محمد"),
    ("Yusuf", "Youssef", "Yousef", "يوسف"),
    ("Khalid", "Khaled", "Halid", "خالد"),
    ("Omar", "Umar", "Omer", "عمر"),
    ("Abdulrahman", "Abd al-Rahman", "Abderrahmane", "عبد الرحمن"),
    ("Hussein", "Husayn", "Hussain", "حسين"),
];
const ARABIC_L: &[Row] = &[
    ("al-Bustani", "Albustani", "El Boustany", "البستاني"),
    ("Qamhawi", "Kamhawi", "Gamhawi", "قمحاوي"),
    ("an-Najjar", "Alnajjar", "El Naggar", "النجار"),
    ("Zaytoun", "Zeitoun", "Zaitun", "زيتون"),
    ("Rummani", "Romani", "Rommany", "رماني"),
    ("ash-Sharqi", "Alsharqi", "Charki", "الشرقي"),
    ("Yasamin", "Yasmeen", "Jasmin", "ياسمين"),
    ("Wardani", "Ouardani", "Uardani", "ورداني"),
];
const FILIPINO_F: &[Row] = &[
    same("Luningning"),
    same("Dalisay"),
    ("Maricel", "Marisel", "Ma. Ricel", ""),
    same("Ligaya"),
    same("Rosamie"),
    same("Tala"),
];
const FILIPINO_M: &[Row] = &[
    same("Bayani"),
    same("Datu"),
    ("Jun-Jun", "Junjun", "Jun Jun", ""),
    same("Isagani"),
    same("Rodel"),
    same("Magno"),
];
const FILIPINO_L: &[Row] = &[
    same("Bulaklakin"),
    ("Dela Lunas", "De la Lunas", "Delalunas", ""),
    same("Tagumpayo"),
    same("Malayahin"),
    same("Silangon"),
    same("Batubara"),
    same("Kawayanan"),
    same("Ilogdagat"),
];

fn part(random: &mut Random, rows: &'static [Row]) -> Part {
    let (a, b, c, native) = random.one(rows).copied().unwrap_or_default();
    Part { latin: [a, b, c], native: (!native.is_empty()).then_some(native) }
}

impl Culture {
    /// The culture of a person who lives in this country, mostly.
    pub(crate) fn of(country: &str, random: &mut Random) -> Self {
        let near = match country {
            "MX" => Self::Spanish,
            "UA" => Self::Ukrainian,
            "PH" => Self::Filipino,
            _ => Self::English,
        };
        match random.below(10) {
            0..6 => near,
            6 => Self::English,
            7 => Self::Spanish,
            8 => Self::Ukrainian,
            _ => Self::Arabic,
        }
    }

    pub(crate) fn given(self, sex: Sex, random: &mut Random) -> Part {
        let rows = match (self, sex) {
            (Self::English, Sex::Female) => ENGLISH_F,
            (Self::English, Sex::Male) => ENGLISH_M,
            (Self::Spanish, Sex::Female) => SPANISH_F,
            (Self::Spanish, Sex::Male) => SPANISH_M,
            (Self::Ukrainian, Sex::Female) => UKRAINIAN_F,
            (Self::Ukrainian, Sex::Male) => UKRAINIAN_M,
            (Self::Arabic, Sex::Female) => ARABIC_F,
            (Self::Arabic, Sex::Male) => ARABIC_M,
            (Self::Filipino, Sex::Female) => FILIPINO_F,
            (Self::Filipino, Sex::Male) => FILIPINO_M,
        };
        part(random, rows)
    }

    pub(crate) fn family(self, random: &mut Random) -> Part {
        let rows = match self {
            Self::English => ENGLISH_L,
            Self::Spanish => SPANISH_L,
            Self::Ukrainian => UKRAINIAN_L,
            Self::Arabic => ARABIC_L,
            Self::Filipino => FILIPINO_L,
        };
        part(random, rows)
    }
}

const NICKNAMES: [&str; 20] = [
    "Comet", "Lefty", "Duchess", "Smokes", "Chispa", "Flaco", "Tiburon", "Magpie", "Banjo", "Velvet",
    "Domino", "Sparrow", "Nightowl", "Pixel", "Zorro", "Kit", "Bishop", "Marble", "Cricket", "Ferret",
];

/// What people call somebody.
pub(crate) fn nickname(random: &mut Random) -> &'static str {
    random.word(&NICKNAMES)
}
