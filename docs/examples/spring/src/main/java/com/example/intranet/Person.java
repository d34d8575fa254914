package com.example.intranet;

/** Somebody in your database. */
record Person(long id, String name, String email, String lang) {}
