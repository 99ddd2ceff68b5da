/* The lists themselves. Cities and countries are names of real places, people are not; the cities outside of the USA are
 * chosen so that no place in the USA has their name, for benchmarks that tell the two apart. */
#include "connector/generate/words.h"

#define W(word)                                                                                    \
    {                                                                                              \
        word, sizeof(word) - 1                                                                     \
    }

/* clang-format off */
static const struct weir_slice first_names[] = {
    W("Ada"), W("Alan"), W("Amara"), W("Anders"), W("Anita"), W("Anna"), W("Antoine"), W("Arjun"),
    W("Astrid"), W("Ayşe"), W("Bashir"), W("Beatriz"), W("Björn"), W("Bruno"), W("Carla"), W("Chen"),
    W("Chiara"), W("Clément"), W("Daniela"), W("David"), W("Dmitri"), W("Eilidh"), W("Elena"), W("Elif"),
    W("Emeka"), W("Emma"), W("Erik"), W("Esther"), W("Fatima"), W("Felix"), W("Fiona"), W("François"),
    W("Freya"), W("Gabriel"), W("Giulia"), W("Grace"), W("Hana"), W("Hans"), W("Hassan"), W("Hiroshi"),
    W("Ifeoma"), W("Ines"), W("Ingrid"), W("Ivan"), W("Jamal"), W("Jana"), W("João"), W("José"), W("Julia"),
    W("Kaito"), W("Karim"), W("Kofi"), W("Lars"), W("Leila"), W("Liam"), W("Lina"), W("Lucía"), W("Lukas"),
    W("Magda"), W("Mahmoud"), W("Marek"), W("Mariam"), W("Mateo"), W("Mei"), W("Mikkel"), W("Mina"),
    W("Nadia"), W("Naomi"), W("Niamh"), W("Nikolai"), W("Noah"), W("Nour"), W("Olga"), W("Omar"), W("Oscar"),
    W("Pablo"), W("Petra"), W("Priya"), W("Rafael"), W("Ravi"), W("Rosa"), W("Ruth"), W("Sanne"),
    W("Santiago"), W("Selma"), W("Sofia"), W("Stefan"), W("Sven"), W("Tamar"), W("Teresa"), W("Thomas"),
    W("Uma"), W("Valentina"), W("Viktor"), W("Wilhelm"), W("Yara"), W("Yuki"), W("Yusuf"), W("Zeynep"),
    W("Zoé"),
};

static const struct weir_slice last_names[] = {
    W("Abbott"), W("Adeyemi"), W("Almeida"), W("Andersson"), W("Asante"), W("Baker"), W("Becker"),
    W("Benali"), W("Berg"), W("Bianchi"), W("Bondarenko"), W("Brown"), W("Castillo"), W("Chaudhry"),
    W("Cohen"), W("Costa"), W("Dahl"), W("Das"), W("Diallo"), W("Dimitrov"), W("Dubois"), W("Eriksen"),
    W("Farah"), W("Fernández"), W("Fischer"), W("Foord"), W("García"), W("Gomes"), W("González"), W("Greene"),
    W("Gupta"), W("Haddad"), W("Hansen"), W("Hernández"), W("Hoffmann"), W("Horvat"), W("Hughes"),
    W("Ibrahim"), W("Ito"), W("Ivanova"), W("Jansen"), W("Johnson"), W("Kamau"), W("Kaplan"), W("Kaya"),
    W("Keller"), W("Khan"), W("Kim"), W("Kovács"), W("Kowalski"), W("Kumar"), W("Larsen"), W("Lee"),
    W("Lefèvre"), W("Lehtonen"), W("Lindqvist"), W("Lopez"), W("MacLeod"), W("Martin"), W("Mbeki"),
    W("Mehta"), W("Meyer"), W("Morales"), W("Moreau"), W("Müller"), W("Murphy"), W("Nagy"), W("Nakamura"),
    W("Nguyen"), W("Nielsen"), W("Novák"), W("O'Brien"), W("Okafor"), W("Olsen"), W("Osei"),
    W("Papadopoulos"), W("Park"), W("Patel"), W("Petrov"), W("Popescu"), W("Ramirez"), W("Ricci"), W("Rossi"),
    W("Roux"), W("Ruiz"), W("Sato"), W("Schmidt"), W("Silva"), W("Singh"), W("Smirnov"), W("Smith"),
    W("Suzuki"), W("Svensson"), W("Takahashi"), W("Tanaka"), W("Taylor"), W("Torres"), W("Tremblay"),
    W("Vargas"), W("Virtanen"), W("Wagner"), W("Walker"), W("Wang"), W("Weber"), W("Williams"), W("Wójcik"),
    W("Yamamoto"), W("Yılmaz"), W("Zhang"),
};

static const struct weir_slice cities[] = {
    W("Addis Ababa"), W("Almaty"), W("Antananarivo"), W("Arequipa"), W("Asunción"), W("Bishkek"), W("Bogotá"),
    W("Brno"), W("Casablanca"), W("Cebu City"), W("Chengdu"), W("Chiang Mai"), W("Chișinău"), W("Cochabamba"),
    W("Córdoba"), W("Daegu"), W("Dar es Salaam"), W("Đà Nẵng"), W("Euclides da Cunha"), W("Gdańsk"),
    W("Győr"), W("Hangzhou"), W("Hyderabad"), W("Jyväskylä"), W("Kaohsiung"), W("Kathmandu"), W("Kinshasa"),
    W("Kraków"), W("Kuala Lumpur"), W("Kyiv"), W("Łódź"), W("Luanda"), W("Makassar"), W("Malmö"),
    W("Maribor"), W("Mérida"), W("Nagasaki"), W("Nairobi"), W("Novosibirsk"), W("Ouagadougou"), W("Plovdiv"),
    W("Quetzaltenango"), W("Reykjavík"), W("Samarkand"), W("São Paulo"), W("Sapporo"), W("Saskatoon"),
    W("Tartu"), W("Tbilisi"), W("Timișoara"), W("Trois-Rivières"), W("Tromsø"), W("Ulaanbaatar"),
    W("Ushuaia"), W("Vilnius"), W("Wollongong"), W("Yerevan"), W("Seattle"), W("Chicago"), W("Austin, Texas"),
};

static const struct weir_slice countries[] = {
    W("Argentina"), W("Australia"), W("Austria"), W("Belgium"), W("Bolivia"), W("Brazil"), W("Canada"),
    W("Chile"), W("China"), W("Colombia"), W("Croatia"), W("Denmark"), W("Egypt"), W("Estonia"),
    W("Ethiopia"), W("Finland"), W("France"), W("Georgia"), W("Germany"), W("Ghana"), W("Greece"),
    W("Hungary"), W("Iceland"), W("India"), W("Indonesia"), W("Ireland"), W("Italy"), W("Japan"), W("Kenya"),
    W("Latvia"), W("Malaysia"), W("Mexico"), W("Moldova"), W("Mongolia"), W("Morocco"), W("Nepal"),
    W("Nigeria"), W("Norway"), W("Peru"), W("Philippines"), W("Poland"), W("Portugal"), W("Romania"),
    W("Senegal"), W("Slovenia"), W("Spain"), W("Sweden"), W("Switzerland"), W("Tanzania"), W("Thailand"),
    W("Türkiye"), W("Ukraine"), W("Uruguay"), W("Uzbekistan"), W("Vietnam"), W("Zambia"),
};

static const struct weir_slice domains[] = {
    W("example.com"), W("example.net"), W("example.org"), W("mail.example.com"), W("post.example.net"),
};

static const struct weir_slice plain[] = {
    W("alfa"), W("bravo"), W("charlie"), W("delta"), W("echo"), W("foxtrot"), W("golf"), W("hotel"),
    W("india"), W("juliett"), W("kilo"), W("lima"), W("mike"), W("november"), W("oscar"), W("papa"),
    W("quebec"), W("romeo"), W("sierra"), W("tango"), W("uniform"), W("victor"), W("whiskey"), W("xray"),
    W("yankee"), W("zulu"),
};

/* clang-format on */

#define WORDS(array)                                                                               \
    {                                                                                              \
        array, sizeof(array) / sizeof((array)[0])                                                  \
    }

const struct weir_words weir_words_first_names = WORDS(first_names);
const struct weir_words weir_words_last_names = WORDS(last_names);
const struct weir_words weir_words_cities = WORDS(cities);
const struct weir_words weir_words_countries = WORDS(countries);
const struct weir_words weir_words_domains = WORDS(domains);
const struct weir_words weir_words_plain = WORDS(plain);
