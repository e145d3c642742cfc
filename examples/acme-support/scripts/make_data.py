"""Makes the synthetic tickets, customers and questions in data/. Every name and number is made up, seeded and stable."""

import csv
import json
import random
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
FIRST = "Alma Bruno Clara Dario Edda Felix Greta Hugo Ines Jonas Katja Liam Mona Nils Olga Paul Rosa Sven Tara Uwe".split()
LAST = "Adler Berg Conti Duval Evans Falk Graf Horn Ilic Jung Keller Lang Moser Novak Ott Peric Quinn Roth Sand Tiel".split()
STREETS = "Mill Lane,Harbour Street,Linden Road,Castle Walk,Station Avenue".split(",")
TOPICS = {
    "returns": "I would like to return the {item} I bought last week, it does not fit.",
    "shipping": "My order has not arrived and the tracking page shows nothing since Monday.",
    "warranty": "The {item} broke after two rides, is that covered by the warranty?",
    "billing": "You charged my card twice for the same {item}, please check.",
}
ITEMS = "helmet,saddle,rear light,chain,brake lever,pannier".split(",")


def card(random_source: random.Random) -> str:
    """A card number of a test range that passes the Luhn check."""
    digits = [4, 0, 0, 0, 0, 0] + [random_source.randrange(10) for _ in range(9)]
    total = sum(digit if index % 2 else sum(divmod(digit * 2, 10)) for index, digit in enumerate(digits))
    return "".join(map(str, digits)) + str(-total % 10)


def main() -> None:
    source = random.Random(20260101)
    DATA.mkdir(exist_ok=True)
    with (DATA / "tickets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["ticket", "opened", "customer_name", "email", "phone", "card_number", "topic", "message"])
        for number in range(1, 241):
            first, last = source.choice(FIRST), source.choice(LAST)
            topic = source.choice(list(TOPICS))
            writer.writerow([
                f"T{number:05}",
                f"2025-{source.randrange(1, 13):02}-{source.randrange(1, 29):02}",
                f"{first} {last}",
                f"{first}.{last}{source.randrange(90)}@mail-acme.net".lower(),
                f"+44 20 7946 {source.randrange(10000):04}",
                card(source) if topic == "billing" else "",
                topic,
                TOPICS[topic].format(item=source.choice(ITEMS)),
            ])
    with (DATA / "faq.jsonl").open("w", encoding="utf-8") as file:
        for topic, text in TOPICS.items():
            for item in ITEMS:
                file.write(json.dumps({"question": text.format(item=item), "topic": topic, "weight": 1.0}) + "\n")
    with (DATA / "topics.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["topic", "week", "tickets", "median_minutes"])
        for week in range(1, 53):
            for topic in TOPICS:
                writer.writerow([topic, week, source.randrange(20, 90), round(source.uniform(3, 45), 1)])


if __name__ == "__main__":
    main()
