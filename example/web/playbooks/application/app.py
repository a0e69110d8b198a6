"""Counts its visitors in a database, and says which server has answered."""

import json
import socket
from pathlib import Path

import psycopg2
from flask import Flask

app = Flask(__name__)
DATABASE = json.loads(Path(__file__).with_name("database.json").read_text())


@app.route("/")
def index():
    with psycopg2.connect(**DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS visits (id serial)")
        cursor.execute("INSERT INTO visits DEFAULT VALUES RETURNING id")
        (number,) = cursor.fetchone()
    return f"visitor {number}, served by {socket.gethostname()}\n"
