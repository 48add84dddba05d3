-- Undoes the statement that finds, at its end, that its run was taken over while it worked. The code is in a
-- class that PostgreSQL leaves to applications. It is VOLATILE, as is the default: a function that always
-- gives the same could be called, and raise, before the statement does anything. \x3B is a semicolon, which would end the script's statement.
CREATE FUNCTION run_was_taken_over() RETURNS INTEGER LANGUAGE plpgsql AS
E'BEGIN RAISE EXCEPTION ''The run was taken over'' USING ERRCODE = ''FV001''\x3B END';
