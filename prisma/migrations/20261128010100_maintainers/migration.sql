ALTER TYPE "user_role" ADD VALUE 'maintainer' BEFORE 'admin';
